//! One file over HTTP.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, header};
use ureq::{Agent, Body, Proxy};

use super::unavailable;
use crate::catalogue::{Checksum, File};
use crate::error::{Error, Result};

/// A file at an address, and where its bytes gather.
pub(super) struct Download<'a> {
    pub(super) agent: &'a Agent,
    pub(super) file: &'a File,
    pub(super) address: &'a str,
    pub(super) partial: &'a Path,
}

/// What a server said to a request that it did not fail.
enum Answer {
    /// It has no such file, or none for everybody.
    Absent,
    /// It has nothing after what is here.
    NothingMore,
    /// All that it announced has come.
    Whole,
}

/// Gives up on a server that is silent for as long as `patience`.
pub(super) fn agent(patience: Duration, proxy: Option<Proxy>) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(5)
        .timeout_resolve(Some(patience))
        .timeout_connect(Some(patience))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .user_agent(concat!("kd/", env!("CARGO_PKG_VERSION")))
        .proxy(proxy)
        .build()
        .into()
}

impl Download<'_> {
    /// Downloads the file and holds it to its checksum; `false` if the server has none. Goes on with the bytes that
    /// are here only if a checksum can tell whether they belong to the same file.
    pub(super) fn run(&self, checksum: Option<Checksum>, received: &mut dyn FnMut(u64, u64)) -> Result<bool> {
        let Some(checksum) = checksum else {
            self.forget()?;
            return Ok(!matches!(self.receive(0, received)?, Answer::Absent));
        };
        loop {
            let start = self.partial.metadata().map_or(0, |partial| partial.len());
            if start > 0 && checksum.mismatch(self.partial)?.is_none() {
                return Ok(true);
            }
            match self.receive(start, received)? {
                Answer::Absent => return Ok(false),
                Answer::NothingMore => {}
                Answer::Whole => match checksum.mismatch(self.partial)? {
                    None => return Ok(true),
                    Some(problem) if start == 0 => {
                        self.forget()?;
                        return Err(self.failed(problem));
                    }
                    Some(_) => {}
                },
            }
            // What was here does not begin the file.
            self.forget()?;
        }
    }

    fn receive(&self, start: u64, received: &mut dyn FnMut(u64, u64)) -> Result<Answer> {
        let mut request = self.agent.get(self.address);
        if start > 0 {
            request = request.header(header::RANGE, format!("bytes={start}-"));
        }
        let response = request.call().map_err(|error| self.failed(error.to_string()))?;
        let start = match response.status().as_u16() {
            200 => 0,
            206 if resumes_at(&response, start) => start,
            403 | 404 | 410 => return Ok(Answer::Absent),
            416 | 206 if start > 0 => return Ok(Answer::NothingMore),
            _ => return Err(self.failed(format!("the server answered {}", response.status()))),
        };
        let Some(length) = response.body().content_length() else {
            return Err(self.failed("the server does not say how long it is".to_owned()));
        };
        self.append(start, length, response.into_body(), received)?;
        Ok(Answer::Whole)
    }

    /// Writes `length` bytes after the first `start` of those that are here.
    fn append(&self, start: u64, length: u64, body: Body, received: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let mut partial = fs_err::OpenOptions::new()
            .create(true)
            .write(true)
            .append(start > 0)
            .truncate(start == 0)
            .open(self.partial)?;
        let (mut here, whole) = (start, start + length);
        let mut body = body.into_reader();
        let mut buffer = vec![0; 1 << 16];
        while here < whole {
            received(here, whole);
            match body.read(&mut buffer) {
                Ok(0) => return Err(self.failed(format!("only {here} of {whole} bytes came"))),
                Ok(count) => {
                    partial.write_all(&buffer[..count])?;
                    here += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(self.failed(format!("only {here} of {whole} bytes came: {error}")));
                }
            }
        }
        received(here, whole);
        Ok(())
    }

    fn forget(&self) -> Result<()> {
        match fs_err::remove_file(self.partial) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn failed(&self, problem: String) -> Error {
        unavailable(self.file, self.address, problem)
    }
}

/// Whether a part of a file is the part that was asked for.
fn resumes_at(response: &Response<Body>, start: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    start > 0 && range.is_some_and(|range| range.starts_with(&format!("bytes {start}-")))
}
