//! nginx in front of an upstream of the test's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// A server in its strictest mood: records of 1 KiB, connections that end after 50 requests, replies handed on chunk by chunk.
pub struct Nginx {
    server: Child,
    dir: PathBuf,
    pub port: u16,
    pub ca_pem: String,
}

impl Nginx {
    /// **Panics** without the program: these tests are about it.
    pub fn start(upstream: u16) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        // Free when asked for; nginx takes no port 0.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = std::env::temp_dir().join(format!("orderwire-nginx-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("cert.pem"), certificate.pem()).unwrap();
        std::fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
        let here = dir.display();
        let config = format!(
            "daemon off; master_process off; pid {here}/pid; error_log stderr warn;
             events {{ worker_connections 64; }}
             http {{
               access_log off;
               client_body_temp_path {here}/1; proxy_temp_path {here}/2; fastcgi_temp_path {here}/3;
               uwsgi_temp_path {here}/4; scgi_temp_path {here}/5;
               upstream venue {{ server 127.0.0.1:{upstream}; keepalive 8; }}
               server {{
                 listen 127.0.0.1:{port} ssl;
                 ssl_certificate {here}/cert.pem; ssl_certificate_key {here}/key.pem;
                 ssl_protocols TLSv1.3; ssl_session_cache shared:s:1m; ssl_buffer_size 1k;
                 keepalive_requests 50;
                 location / {{
                   proxy_pass http://venue; proxy_http_version 1.1; proxy_set_header Connection \"\";
                   proxy_buffering off;
                   add_header X-Session $ssl_session_reused;
                 }}
               }}
             }}"
        );
        std::fs::write(dir.join("nginx.conf"), config).unwrap();
        let mut server = Command::new("nginx")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .arg("-p")
            .arg(&dir)
            .arg("-c")
            .arg(dir.join("nginx.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("nginx is installed");
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > PATIENCE || server.try_wait().unwrap().is_some() {
                let mut said = String::new();
                let _ = server.kill();
                let _ = server.stderr.take().unwrap().read_to_string(&mut said);
                panic!("nginx does not listen: {said}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { server, dir, port, ca_pem: certificate.pem() }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// An upstream that answers each request with its own body, said `times` over, in chunks of `chunk` bytes each sent by
/// itself. Its port.
pub fn echo_in_chunks(times: usize, chunk: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || answer(&stream, times, chunk));
        }
    });
    port
}

fn answer(mut stream: &TcpStream, times: usize, chunk: usize) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").ok()?;
        for part in body.repeat(times).chunks(chunk) {
            let mut framed = format!("{:x}\r\n", part.len()).into_bytes();
            framed.extend_from_slice(part);
            framed.extend_from_slice(b"\r\n");
            stream.write_all(&framed).ok()?;
        }
        stream.write_all(b"0\r\n\r\n").ok()?;
    }
}
