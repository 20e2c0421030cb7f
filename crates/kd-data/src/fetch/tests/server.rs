//! A web server on this machine that misbehaves as told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of one request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reply {
    /// The whole body, whatever range is asked for.
    Whole,
    /// The range that is asked for.
    Range,
    /// A range that starts elsewhere.
    OtherRange,
    /// The whole body is announced, and so many bytes come.
    Cut(usize),
    /// The whole body is announced, so many bytes come, and then silence.
    Stall(usize),
    /// As long as the body, with a bit turned over.
    Corrupt,
    /// The body, without its length.
    Unmeasured,
    /// Only a status, such as `404 Not Found`.
    Status(&'static str),
    /// The same address again.
    Redirect,
}

pub(super) struct Server {
    pub(super) address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves `body` to one request after the other, then no more.
    pub(super) fn new(body: &[u8], replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        if replies.is_empty() {
            // Closed before anybody can connect: one who has would be reset, not refused.
            drop(listener);
            return Self { address, requests };
        }
        let (seen, body, replies) = (Arc::clone(&requests), body.to_vec(), replies.to_vec());
        std::thread::spawn(move || {
            for reply in replies {
                let (mut stream, _) = listener.accept().unwrap();
                let request = read_request(&stream);
                seen.lock().unwrap().push(request.clone());
                // A client that gives up closes the connection.
                let _ = answer(&mut stream, &request, &body, reply);
            }
        });
        Self { address, requests }
    }

    /// The requests so far, with their headers, in lower case.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

/// The first byte that is asked for.
pub(super) fn start(request: &str) -> Option<usize> {
    let range = request.lines().find_map(|line| line.strip_prefix("range: bytes="))?;
    Some(range.strip_suffix('-')?.parse().unwrap())
}

fn answer(stream: &mut TcpStream, request: &str, body: &[u8], reply: Reply) -> std::io::Result<()> {
    let length = body.len();
    let ok = format!("200 OK\r\nContent-Length: {length}");
    let part = |from: usize| {
        let range = format!("Content-Range: bytes {from}-{}/{length}", length - 1);
        format!("206 Partial Content\r\nContent-Length: {}\r\n{range}", length - from)
    };
    let mut corrupt = body.to_vec();
    corrupt[length / 2] ^= 1;
    let (head, body) = match reply {
        Reply::Whole => (ok, body),
        Reply::Range => {
            let from = start(request).unwrap();
            (part(from), &body[from..])
        }
        Reply::OtherRange => (part(1), &body[1..]),
        Reply::Cut(bytes) | Reply::Stall(bytes) => (ok, &body[..bytes]),
        Reply::Corrupt => (ok, corrupt.as_slice()),
        Reply::Unmeasured => ("200 OK".to_owned(), body),
        Reply::Status(status) => (format!("{status}\r\nContent-Length: 0"), &[][..]),
        Reply::Redirect => ("302 Found\r\nLocation: /again\r\nContent-Length: 0".to_owned(), &[][..]),
    };
    write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(body)?;
    if let Reply::Stall(_) = reply {
        stream.read_to_end(&mut Vec::new())?;
    }
    Ok(())
}
