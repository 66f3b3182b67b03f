//! Where and how a recording was made, and whether two recordings may be compared at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use orderwire::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The header of a recording of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Environment {
    /// What the values count: `ns`, `us` or `ms`.
    pub unit: String,
    /// When it was begun, UTC.
    pub recorded: String,
    /// The version of the crate that wrote it.
    pub tool: String,
    /// The machine.
    pub machine: Machine,
    /// The system's load averages when it was begun, over 1, 5 and 15 minutes.
    #[serde(default)]
    pub load: Option<[f64; 3]>,
    /// The commit of the measured program; `+` behind it for a work tree with changes.
    #[serde(default)]
    pub commit: Option<String>,
    /// What both sides of one `ab` have in common: their blocks were recorded in turn, and the n-th of both are a pair.
    #[serde(default)]
    pub session: Option<String>,
    /// Whatever else must be equal for a comparison to mean anything: the scenario and its settings.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// What may differ and is told in reports: the seed, the work that was injected.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
}

/// What a time depends on before any code of ours runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Machine {
    /// A fingerprint of the system's machine id: tells machines apart and names none.
    pub id: String,
    /// The processor's name.
    pub cpu: String,
    /// How many processors the program may use.
    pub cores: usize,
    /// The instruction set.
    pub arch: String,
    /// The operating system.
    pub os: String,
    /// The kernel's release.
    pub kernel: String,
    /// How the first processor's frequency is governed; `none` where the system does not say.
    pub governor: String,
}

impl Environment {
    /// This machine, now, in the current directory.
    #[must_use]
    pub fn here() -> Self {
        Self {
            unit: "ns".to_owned(),
            recorded: Timestamp::now().to_string(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            machine: Machine::here(),
            load: load(),
            commit: commit(Path::new(".")),
            session: None,
            options: BTreeMap::new(),
            notes: BTreeMap::new(),
        }
    }

    /// What keeps two recordings from being compared, in words; empty where nothing does.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (a, b) = (&self.machine, &other.machine);
        let cores = (a.cores.to_string(), b.cores.to_string());
        let machine = [
            ("machine", &a.id, &b.id),
            ("processor", &a.cpu, &b.cpu),
            ("processors", &cores.0, &cores.1),
            ("instruction set", &a.arch, &b.arch),
            ("system", &a.os, &b.os),
            ("kernel", &a.kernel, &b.kernel),
            ("governor", &a.governor, &b.governor),
        ];
        let mut told: Vec<String> =
            machine.iter().filter(|(_, a, b)| a != b).map(|(what, a, b)| format!("{what}: {a} and {b}")).collect();
        let names: std::collections::BTreeSet<_> = self.options.keys().chain(other.options.keys()).collect();
        for name in names {
            let [a, b] = [self, other].map(|side| side.options.get(name).map_or("not set", String::as_str));
            if a != b {
                told.push(format!("{name}: {a} and {b}"));
            }
        }
        told
    }
}

impl Machine {
    fn here() -> Self {
        let system = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        let cpu = system("/proc/cpuinfo").and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name") || line.starts_with("CPU part"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let unknown = || "unknown".to_owned();
        Self {
            id: system("/etc/machine-id").map_or_else(unknown, |id| fingerprint(&id)),
            cpu: cpu.unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            arch: std::env::consts::ARCH.to_owned(),
            os: std::env::consts::OS.to_owned(),
            kernel: system("/proc/sys/kernel/osrelease").unwrap_or_else(unknown),
            governor: system("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").unwrap_or_else(|| "none".into()),
        }
    }
}

/// The id itself is a secret of the machine's. Source: machine-id(5), <https://www.freedesktop.org/software/systemd/man/machine-id.html>,
/// read 2026-11-25: it "should be hashed with a cryptographic, keyed hash function, using a fixed, application-specific key".
fn fingerprint(id: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"orderwire-latency machine ");
    hash.update(id);
    data_encoding::HEXLOWER.encode(&hash.finalize()[..4])
}

fn load() -> Option<[f64; 3]> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let mut averages = text.split(' ').map(str::parse);
    Some([averages.next()?.ok()?, averages.next()?.ok()?, averages.next()?.ok()?])
}

/// The commit checked out in `directory`, as git says.
pub(crate) fn commit(directory: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(directory).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    Some(if changed { head + "+" } else { head })
}
