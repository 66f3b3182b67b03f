//! What an order costs beside time: heap calls, system calls, instructions. The latter two are seen from outside: by strace
//! and by callgrind, in a run of this program that places so many orders less one that places few; and step by step.

use std::fmt;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::arms::{Kind, Waits};
use crate::heap;
use crate::pace::{Pace, Schedule};
use crate::venue::{Address, Listening, Wire};

/// Orders before anything is counted: buffers and lists reach their size.
const WARM_UP: u32 = 200;

/// Heap calls of an order, of all threads, in Rust and in C.
pub fn heap_calls(kind: &Kind, address: &Address) -> f64 {
    const ORDERS: u32 = 1_000;
    let mut arm = kind.connect(address);
    arm.run(&mut Pace::new(Schedule::Closed, WARM_UP));
    let mut pace = Pace::new(Schedule::Closed, ORDERS);
    let calls = heap::calls_during(|| arm.run(&mut pace));
    calls as f64 / f64::from(ORDERS)
}

/// The first request as it was sent, over TLS as it was sealed.
pub fn request_bytes(kind: &Kind, wire: Wire) -> Vec<u8> {
    let listening = Listening::bind(wire);
    let address = listening.address.clone();
    let (send, seen) = mpsc::channel();
    // The thread ends with the process: nothing tells a server that is never asked again.
    thread::spawn(move || listening.serve(|request| drop(send.send(request.to_vec()))));
    kind.connect(&address).run(&mut Pace::new(Schedule::Closed, 1));
    seen.recv().expect("one request")
}

/// System calls of one order.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemCalls {
    pub writes: f64,
    /// Reads that brought bytes.
    pub reads: f64,
    /// Looks at the socket before the write that found nothing.
    pub probes: f64,
    /// Reads and waits that found nothing, after the write: of a client that spins they are its waiting.
    pub in_vain: f64,
    /// Waits that ended with something.
    pub waits: f64,
    pub others: f64,
}

impl SystemCalls {
    /// All of them, but for those with which a client that spins waits.
    pub fn total(&self, waits: Waits) -> f64 {
        let Self { writes, reads, probes, in_vain, waits: slept, others } = *self;
        let in_vain = if waits == Waits::Spinning { 0.0 } else { in_vain };
        writes + reads + probes + in_vain + slept + others
    }
}

impl fmt::Display for SystemCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { writes, reads, probes, in_vain, waits, others } = self;
        let mut separator = "";
        for (count, name) in [
            (probes, "probe"),
            (writes, "write"),
            (in_vain, "in vain"),
            (waits, "wait"),
            (reads, "read"),
            (others, "other"),
        ] {
            if *count >= 0.05 {
                let places = usize::from((count - count.round()).abs() >= 0.05);
                write!(f, "{separator}{count:.places$} {name}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

/// Counted by strace.
pub fn system_calls(kind: &Kind, wire: Wire, address: &Address) -> SystemCalls {
    const FEW: u32 = WARM_UP;
    const MANY: u32 = WARM_UP + 500;
    let traced = |orders| {
        let log = std::env::temp_dir().join(format!("orderwire-peers-{}-{orders}", std::process::id()));
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-s", "0", "-o"]).arg(&log);
        run(&mut strace, kind, wire, address, orders);
        let text = std::fs::read_to_string(&log).expect("strace's log");
        let _ = std::fs::remove_file(log);
        count(&text)
    };
    let (few, many) = (traced(FEW), traced(MANY));
    let each = |of: fn(&SystemCalls) -> f64| ((of(&many) - of(&few)) / f64::from(MANY - FEW)).max(0.0);
    SystemCalls {
        writes: each(|calls| calls.writes),
        reads: each(|calls| calls.reads),
        probes: each(|calls| calls.probes),
        in_vain: each(|calls| calls.in_vain),
        waits: each(|calls| calls.waits),
        others: each(|calls| calls.others),
    }
}

/// Reads lines such as `1234 sendto(9, ""..., 412, MSG_DONTWAIT, NULL, 0) = 412`.
fn count(log: &str) -> SystemCalls {
    let mut calls = SystemCalls::default();
    let mut reply_is_awaited = false;
    for line in log.lines() {
        let Some((_, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        // An interrupted call stands twice: counted where it ends.
        let name = match call.strip_prefix("<... ") {
            Some(rest) => rest.split(' ').next(),
            None if call.ends_with("<unfinished ...>") => continue,
            None => call.split('(').next(),
        };
        let empty = line.contains("= -1 EAGAIN") || line.ends_with("= 0") || line.ends_with("= 0 (Timeout)");
        match name.unwrap_or_default() {
            "write" | "writev" | "sendto" | "sendmsg" => {
                calls.writes += 1.0;
                reply_is_awaited = true;
            }
            "read" | "readv" | "recvfrom" | "recvmsg" if empty && reply_is_awaited => calls.in_vain += 1.0,
            "read" | "readv" | "recvfrom" | "recvmsg" if empty => calls.probes += 1.0,
            "read" | "readv" | "recvfrom" | "recvmsg" => {
                calls.reads += 1.0;
                reply_is_awaited = false;
            }
            "epoll_wait" | "epoll_pwait" | "epoll_pwait2" | "poll" | "ppoll" if empty => calls.in_vain += 1.0,
            "epoll_wait" | "epoll_pwait" | "epoll_pwait2" | "poll" | "ppoll" => calls.waits += 1.0,
            _ => calls.others += 1.0,
        }
    }
    calls
}

/// Instructions of one order in user space, of all threads. Counted by callgrind, whose processor has neither SHA
/// instructions nor AVX-512.
pub fn instructions(kind: &Kind, wire: Wire, address: &Address) -> f64 {
    const FEW: u32 = WARM_UP;
    const MANY: u32 = WARM_UP + 1_000;
    let counted = |orders| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        let told = run(&mut valgrind, kind, wire, address, orders);
        let collected = told.lines().find_map(|line| line.split_once("Collected : "));
        collected.and_then(|(_, count)| count.trim().parse::<f64>().ok()).expect("callgrind's sum")
    };
    let (few, many) = (counted(FEW), counted(MANY));
    (many - few) / f64::from(MANY - FEW)
}

/// Instructions of one order in user space, of the thread that places it, on this very processor: every one is stepped over
/// and counted.
pub fn steps(kind: &Kind, wire: Wire, address: &Address) -> f64 {
    const ORDERS: u32 = 20;
    let program = std::env::current_exe().expect("this program");
    let mut placing = order_to_place(&mut Command::new(program), kind, wire, address, ORDERS)
        .env(STOPS, "1")
        .stderr(Stdio::null())
        .spawn()
        .expect("this program again");
    let thread = Pid::from_raw(placing.id().try_into().expect("a process's number"));
    // It stops itself when it is warm, and once more when it is done.
    waitpid(thread, Some(WaitPidFlag::WUNTRACED)).expect("it stops");
    ptrace::attach(thread).expect("a child of this process");
    waitpid(thread, None).expect("it is ours");
    let mut steps = 0_u32;
    loop {
        ptrace::step(thread, None).expect("it has stopped");
        match waitpid(thread, None).expect("it stops again") {
            WaitStatus::Stopped(_, Signal::SIGTRAP) => steps += 1,
            WaitStatus::Stopped(_, DONE) => break,
            // What the attaching itself has sent.
            WaitStatus::Stopped(_, Signal::SIGSTOP) => {}
            other => panic!("{}: {other:?}", kind.name),
        }
    }
    placing.kill().and_then(|()| placing.wait()).expect("it ends");
    f64::from(steps) / f64::from(ORDERS)
}

/// Lets `tool` run this program, which is to call [`place`] for the arguments `place KIND WIRE ORDERS SOCKET`.
fn run(tool: &mut Command, kind: &Kind, wire: Wire, address: &Address, orders: u32) -> String {
    let program = std::env::current_exe().expect("this program");
    let done = order_to_place(tool.arg(program), kind, wire, address, orders).output();
    let done = done.unwrap_or_else(|error| panic!("{:?}: {error}", tool.get_program()));
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{}: {told}", kind.name);
    told
}

fn order_to_place<'c>(
    command: &'c mut Command,
    kind: &Kind,
    wire: Wire,
    address: &Address,
    orders: u32,
) -> &'c mut Command {
    command.args(["place", kind.name, wire.name(), &orders.to_string(), &address.socket.to_string()]);
    command.env(CA, address.ca_pem.as_deref().unwrap_or_default()).stdin(Stdio::null()).stdout(Stdio::null())
}

/// Places so many orders and nothing else; where somebody counts steps, after a warm-up and between two stops.
pub fn place(kind: &Kind, orders: u32, address: &Address) {
    let mut arm = kind.connect(address);
    // Ready before anything is counted: histograms are large.
    let [mut warm_up, mut counted] = [WARM_UP, orders].map(|orders| Pace::new(Schedule::Closed, orders));
    if std::env::var_os(STOPS).is_none() {
        return arm.run(&mut counted);
    }
    arm.run(&mut warm_up);
    raise(Signal::SIGSTOP).expect("a signal");
    arm.run(&mut counted);
    raise(DONE).expect("a signal");
}

/// The variable with the venue's certificate.
pub const CA: &str = "ORDERWIRE_PEERS_CA";

/// The variable that asks for stops around what is counted.
const STOPS: &str = "ORDERWIRE_PEERS_STOPS";

/// The orders that are counted are through.
const DONE: Signal = Signal::SIGUSR1;
