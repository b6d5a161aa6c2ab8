//! A file as the response to a GET or HEAD.

use std::{
    fs::{File, Metadata},
    io,
    path::Path,
    time::UNIX_EPOCH,
};

use crate::{
    conditions::{self, Plan, Validators},
    date,
    message::{Body, Response},
    range::Range,
    request::Request,
};

/// How a server makes the entity tag of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EtagStyle {
    /// `"SECONDS-SIZE"`, both hexadecimal: nginx's.
    Nginx,
    /// `W/"SIZE-MILLISECONDS"`: Tomcat's.
    Tomcat,
}

/// A regular file, open, with what the answer needs to know of it.
#[derive(Debug)]
pub struct OpenFile {
    file: File,
    length: u64,
    modified: std::time::Duration,
}

/// What a path names.
#[derive(Debug)]
pub enum Found {
    /// A regular file.
    File(OpenFile),
    /// A directory.
    Directory,
    /// Something that must not be opened for reading blindly: a FIFO would wait for a writer.
    Other,
}

/// Looks at what is at `path` (links are followed) and opens it if it is a regular file.
///
/// # Errors
/// Those of stat and open.
pub fn open(path: &Path) -> io::Result<Found> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Ok(Found::Directory);
    }
    if !metadata.is_file() {
        return Ok(Found::Other);
    }
    let file = File::open(path)?;
    // Of the opened file: between stat and open another may have come in its place.
    let metadata = file.metadata()?;
    Ok(Found::File(OpenFile { length: metadata.len(), modified: modified(&metadata), file }))
}

fn modified(metadata: &Metadata) -> std::time::Duration {
    metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default()
}

impl OpenFile {
    /// The answer to `request`: 200, 206, 304, 412 or 416. Error statuses come without a body; pages are the
    /// server's.
    pub fn respond(self, request: &Request, content_type: &str, etag: EtagStyle) -> Response {
        let validators = self.validators(etag);
        let plan = conditions::plan(request, &validators, self.length);
        let bare = |status| Response::new(status, Body::Bytes(Vec::new()));
        let range = match plan {
            Plan::PreconditionFailed => return bare(412),
            Plan::Send(range @ Range::Unsatisfiable) => {
                return bare(416).with_content_range(range, self.length);
            }
            Plan::NotModified => {
                return Response::new(304, Body::None)
                    .with("Last-Modified", http_date(validators.last_modified))
                    .with("ETag", validators.etag);
            }
            Plan::Send(range) => range,
        };
        let (status, start, length) = match range {
            Range::Part { first, last } => (206, first, last - first + 1),
            _ => (200, 0, self.length),
        };
        let response = Response::new(status, Body::File { file: self.file, start, length })
            .with("Content-Type", content_type)
            .with("Last-Modified", http_date(validators.last_modified))
            .with("ETag", validators.etag);
        match range {
            Range::Whole => response.with("Accept-Ranges", "bytes"),
            part => response.with_content_range(part, self.length),
        }
    }

    /// The same as an answer that no condition applies to: an error page.
    pub fn respond_whole(self, status: u16, content_type: &str) -> Response {
        Response::new(status, Body::File { file: self.file, start: 0, length: self.length })
            .with("Content-Type", content_type)
    }

    fn validators(&self, style: EtagStyle) -> Validators {
        let last_modified = self.modified.as_secs();
        let etag = match style {
            EtagStyle::Nginx => format!("\"{last_modified:x}-{:x}\"", self.length),
            EtagStyle::Tomcat => format!("W/\"{}-{}\"", self.length, self.modified.as_millis()),
        };
        Validators { etag, last_modified }
    }
}

fn http_date(seconds: u64) -> String {
    date::http(UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}
