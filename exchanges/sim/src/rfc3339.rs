//! Times as texts, in UTC. Source: RFC 3339 section 5.6.

/// `2021-03-23T09:40:35.594Z`, µs since 1970.
pub(crate) fn read(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let mut date = date.split('-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut whole = whole.split(':').map(number);
    let (hour, minute, second) = (whole.next()??, whole.next()??, whole.next()??);
    let us = number(format!("{fraction:0<6}").get(..6)?)?;
    let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let of_years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let of_months: u64 = lengths.iter().take(usize::try_from(month - 1).ok()?).sum();
    let days = of_years + of_months + day - 1;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + us)
}

#[cfg(test)]
mod tests {
    use super::read;

    /// From `date -u -d @…`.
    #[test]
    fn times_are_read() {
        assert_eq!(read("2021-03-23T09:39:36.594Z"), Some(1_616_492_376_594_000));
        assert_eq!(read("2024-02-29T23:59:59Z"), Some(1_709_251_199_000_000));
        let bad = ["2021-03-23", "2021-03-23T09:39:36", "2021-13-23T09:39:36Z", "T:Z", "2021-03-23T+9:39:36Z"];
        let cut = ["2021-03-23T09:39:36.aéééZ", "2021-03-23T9223372036854775807:39:36Z"];
        for bad in bad.into_iter().chain(cut) {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
