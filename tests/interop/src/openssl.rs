//! `openssl s_server`, its input typed by the test.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// A server that sends what is typed, and takes a line that starts with `K` for the order to change its keys and to ask for
/// a change of ours (`k`: without asking).
pub struct OpensslServer {
    server: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    /// How much of the screen was read.
    read: usize,
    pub port: u16,
    pub ca_pem: String,
}

impl OpensslServer {
    /// **Panics** without the program: these tests are about it.
    pub fn start(suite: &str, more: &[&str]) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let dir = std::env::temp_dir().join(format!("orderwire-interop-{}-{suite}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (cert_file, key_file) = (dir.join("cert.pem"), dir.join("key.pem"));
        std::fs::write(&cert_file, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        // Its standard output is the screen, also where it is no terminal.
        let mut server = Command::new("stdbuf")
            .args(["-o0", "openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_3", "-ciphersuites", suite])
            .arg("-cert")
            .arg(&cert_file)
            .arg("-key")
            .arg(&key_file)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("stdbuf and openssl are installed");
        let (screen, mut output) = (Arc::new(Mutex::new(Vec::new())), server.stdout.take().unwrap());
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(bytes @ 1..) = output.read(&mut part) {
                shown.lock().unwrap().extend(&part[..bytes]);
            }
        });
        let keyboard = server.stdin.take().unwrap();
        let mut this = Self { server, keyboard, screen, read: 0, port: 0, ca_pem: certificate.pem() };
        this.until("ACCEPT 127.0.0.1:");
        let port = this.until("\n");
        this.port = port.trim().parse().unwrap_or_else(|_| panic!("no port: {port}"));
        std::fs::remove_dir_all(dir).unwrap();
        this
    }

    /// What the screen shows from where it was read last, up to `what`.
    pub fn until(&mut self, what: &str) -> String {
        let start = Instant::now();
        loop {
            {
                let screen = self.screen.lock().unwrap();
                let unread = &screen[self.read..];
                if let Some(at) = unread.windows(what.len()).position(|window| window == what.as_bytes()) {
                    let text = String::from_utf8_lossy(&unread[..at]).into_owned();
                    self.read += at + what.len();
                    return text;
                }
                let shown = String::from_utf8_lossy(unread);
                assert!(start.elapsed() < PATIENCE, "the server does not say {what:?} but {shown:?}");
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Types something and waits until the server has taken it, so that what is typed next is read apart from it.
    pub fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        let start = Instant::now();
        while rustix::io::ioctl_fionread(&self.keyboard).unwrap() > 0 {
            assert!(start.elapsed() < PATIENCE, "the server does not read");
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Changes the server's keys; `K` asks the client to change its own too.
    pub fn changes_keys(&mut self, how: char) {
        self.types(&format!("{how}\n"));
        self.until("SSL_do_handshake -> 1\n");
    }
}

impl Drop for OpensslServer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
