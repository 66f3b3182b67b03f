//! The race of a host's addresses: RFC 8305, "Happy Eyeballs Version 2".

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;

/// RFC 8305 section 4: addresses of the two families take turns, the family of the first address first.
pub(crate) fn in_turn(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let (mut first, mut other): (VecDeque<_>, VecDeque<_>) = (VecDeque::new(), VecDeque::new());
    for address in addresses {
        let same = first.front().is_none_or(|front: &SocketAddr| front.is_ipv4() == address.is_ipv4());
        if same { first.push_back(address) } else { other.push_back(address) }
    }
    let mut turns = Vec::new();
    while !first.is_empty() || !other.is_empty() {
        turns.extend(first.pop_front());
        turns.extend(other.pop_front());
    }
    turns
}

/// RFC 8305 section 5: one attempt after another, each so long after the one before, or as soon as that has failed; the first
/// that succeeds ends the others.
///
/// **Errors**: that of the attempt that failed last; without addresses `None`.
pub(crate) async fn race<T, F>(
    addresses: &[SocketAddr],
    stagger: Duration,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<(T, SocketAddr), Option<io::Error>>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut waiting = addresses.iter().copied();
    // Dropped with this future: what lost the race, or was given up, ends.
    let mut running = JoinSet::new();
    let mut last = None;
    loop {
        if let Some(address) = waiting.next() {
            let attempt = connect(address);
            running.spawn(async move { (attempt.await, address) });
        } else if running.is_empty() {
            return Err(last);
        }
        let next_may_start = waiting.len() > 0;
        let outcome = tokio::select! {
            outcome = running.join_next() => outcome,
            () = tokio::time::sleep(stagger), if next_may_start => continue,
        };
        match outcome {
            Some(Ok((Ok(connected), address))) => return Ok((connected, address)),
            Some(Ok((Err(error), _))) => last = Some(error),
            Some(Err(_)) | None => {}
        }
    }
}

/// "A recommended value for a default delay is 250 milliseconds". Source: RFC 8305 section 5.
pub(crate) const STAGGER: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn families_take_turns() {
        let [a, b, c] = ["[::1]:1", "[::2]:1", "[::3]:1"].map(address);
        let [x, y] = ["1.1.1.1:1", "2.2.2.2:1"].map(address);
        assert_eq!(in_turn([a, b, x, c, y]), [a, x, b, y, c]);
        assert_eq!(in_turn([x, y]), [x, y]);
        assert_eq!(in_turn([]), []);
    }

    /// Addresses named by what becomes of them: the port is how many ms until then, odd ones fail.
    async fn run(ports: &[u16]) -> (Option<u16>, Duration) {
        let addresses: Vec<_> = ports.iter().map(|port| SocketAddr::from(([127, 0, 0, 1], *port))).collect();
        let begun = tokio::time::Instant::now();
        let outcome = race(&addresses, STAGGER, |address| async move {
            tokio::time::sleep(Duration::from_millis(u64::from(address.port()))).await;
            if address.port() % 2 == 1 { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(()) }
        })
        .await;
        (outcome.ok().map(|((), address)| address.port()), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_to_connect_wins() {
        let ms = Duration::from_millis;
        assert_eq!(run(&[10]).await, (Some(10), ms(10)));
        // The first is silent: the second starts a stagger later.
        assert_eq!(run(&[9_000, 20]).await, (Some(20), ms(270)));
        // The first is refused at once: the second need not wait.
        assert_eq!(run(&[1, 20]).await, (Some(20), ms(21)));
        // A slow first still wins over a slower second.
        assert_eq!(run(&[400, 600]).await, (Some(400), ms(400)));
        assert_eq!(run(&[1, 3, 5]).await, (None, ms(9)));
        assert_eq!(run(&[]).await, (None, ms(0)));
    }
}
