//! `ab` on a repository of two commits, the second slower or not: checkouts, builds, blocks in turn, verdict, pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const TOOL: &str = env!("CARGO_BIN_EXE_orderwire-latency");

/// A repository whose path is a script: it records one block, with so much more work in build-and-sign.
struct Repository(PathBuf);

impl Repository {
    fn new(name: &str, percents: [u32; 2]) -> Self {
        let path = std::env::temp_dir().join(format!("orderwire-ab-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        let repository = Self(path);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        for percent in percents {
            let record = format!(
                "{TOOL} record --url=$ORDERWIRE_URL --ca=$ORDERWIRE_CA --out=$1 --blocks=1 --orders=60 --warm-up=20"
            );
            let script = format!("test -e built || exit 7\nexec {record} --inject=build-and-sign:{percent}\n");
            fs::write(repository.0.join("path.sh"), script).unwrap();
            fs::write(repository.0.join("version"), percent.to_string()).unwrap();
            repository.git(&["add", "."]);
            let name = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
            repository.git(&[&name[..], &["commit", "--quiet", "--allow-empty", "-m", "one"]].concat());
        }
        repository
    }

    fn git(&self, arguments: &[&str]) {
        assert!(
            Command::new("git").arg("-C").arg(&self.0).args(arguments).status().unwrap().success(),
            "{arguments:?}"
        );
    }

    fn ab(&self, arguments: &[&str], command: &[&str]) -> Output {
        let mut ab = Command::new(TOOL);
        ab.current_dir(&self.0).args(["ab", "--json", "--pairs=10", "--pairs-max=10", "--stage=build-and-sign"]);
        ab.args(arguments).arg("--").args(command).output().unwrap()
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PATH: [&str; 3] = ["sh", "path.sh", "{out}"];
const BUILD: &str = "--build=cp version built";

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Four times the work in one stage, and the pages that tell of it. What was recorded lies in pairs, a line each.
#[test]
fn the_slower_revision_is_found() {
    let repository = Repository::new("slower", [0, 300]);
    let output = repository.ab(&["--base=HEAD~1", BUILD, "--html=page.html", "--markdown=page.md"], &PATH);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["paired"], &json["base"]["blocks"], &json["new"]["blocks"]),
        (&true.into(), &10.into(), &10.into())
    );
    let p50 = &json["stages"][0]["rows"][0];
    assert!(p50["ratio"].as_f64().unwrap() > 2.0, "{p50:#}");
    assert_ne!(json["base"]["environment"]["commit"], json["new"]["environment"]["commit"]);
    let folder = repository.0.join("target/latency-ab");
    for (side, built) in [("base", "0"), ("new", "300")] {
        assert_eq!(fs::read_to_string(folder.join(side).join("built")).unwrap(), built, "each in its own checkout");
    }
    assert!(fs::read_to_string(repository.0.join("page.html")).unwrap().contains("regression"));
    assert!(fs::read_to_string(repository.0.join("page.md")).unwrap().contains("**regression**"));
    // The other way round, in the same folders: what is checked out there already is brought to where it has to be.
    let output = repository.ab(&["--base=HEAD", "--new=HEAD~1", BUILD], &PATH);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["verdict"], "improvement", "{json:#}");
}

#[test]
fn what_goes_wrong_is_told() {
    let repository = Repository::new("wrong", [0, 0]);
    let invalid = |output: Output, expected: &str| {
        let told = told(&output);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains(expected) && output.stdout.is_empty(), "{told}");
    };
    invalid(repository.ab(&["--base=HEAD~1", "--build=exit 5"], &PATH), "base: `exit 5` ended with exit status: 5");
    invalid(repository.ab(&["--base=HEAD~1", "--build=true"], &PATH), "ended with exit status: 7");
    invalid(repository.ab(&["--base=HEAD~1", BUILD], &["true", "{out}"]), "block.hlog: No such file");
    invalid(repository.ab(&["--base=HEAD~1", BUILD], &["no-such-program", "{out}"]), "cannot be run");
    // A shallow clone without the commit.
    let shallow = Repository(repository.0.with_extension("shallow"));
    let url = format!("file://{}", repository.0.display());
    let clone = Command::new("git").args(["clone", "--quiet", "--depth=1", &url]).arg(&shallow.0).status().unwrap();
    assert!(clone.success());
    let output = shallow.ab(&["--base=HEAD~1", BUILD], &PATH);
    assert_eq!(output.status.code(), Some(64), "{}", told(&output));
    assert!(told(&output).contains("\"HEAD~1\" is no revision of the repository here"), "{}", told(&output));
}

/// Where the other commit is there, a shallow clone is enough.
#[test]
fn a_clone_of_two_commits_is_enough() {
    let repository = Repository::new("two", [0, 300]);
    let shallow = Repository(repository.0.with_extension("shallow"));
    let url = format!("file://{}", repository.0.display());
    let clone = Command::new("git").args(["clone", "--quiet", "--depth=2", &url]).arg(&shallow.0).status().unwrap();
    assert!(clone.success());
    let output = shallow.ab(&["--base=HEAD~1", BUILD], &PATH);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(Path::new(&shallow.0).join("target/latency-ab/base.hlog").exists());
}
