//! What a location serves: `return`, `try_files`, index files, files.

use std::{io, path::Path, rc::Rc};

use wasipod_guest_http::{
    errno,
    message::{Body, Response},
    static_file::{self, EtagStyle, Found},
    target::encode_path,
};

use super::{Outcome, Visit, autoindex, pages};
use crate::{
    config::{Fallback, Location, Return, TryFiles},
    log::Level,
    variables::{SentValues, host_name},
};

impl Visit<'_> {
    /// The content of a location for the visit's path.
    pub(super) fn content(&mut self, location: &Rc<Location>) -> Outcome {
        if let Some(answer) = &location.answer {
            return self.returned(answer, location);
        }
        if let Some(files) = &location.try_files {
            return self.try_files(files, location);
        }
        if !matches!(self.request.method.as_str(), "GET" | "HEAD" | "POST") && self.status.is_none() {
            return Outcome::Fail(405);
        }
        if self.uri.ends_with('/') {
            self.index(location)
        } else {
            self.file(&location.file(&self.uri), location)
        }
    }

    fn returned(&self, answer: &Return, location: &Rc<Location>) -> Outcome {
        let values = self.values(location, SentValues::default());
        let text = answer.text.as_ref().map(|text| text.text(&values));
        match (answer.status, text) {
            (444, _) => {
                let mut response = Response::new(444, Body::None);
                response.close = true;
                Outcome::Respond(response)
            }
            (status @ (301 | 302 | 303 | 307 | 308), Some(to)) => {
                let to = if to.starts_with('/') { self.absolute(location, &to) } else { to };
                Outcome::Respond(pages::page(status, self.server_field()).with("Location", to))
            }
            (204, _) => Outcome::Respond(Response::new(204, Body::None)),
            (status, Some(text)) => {
                let content_type = self.content_type(location, &self.uri);
                Outcome::Respond(Response::text(status, &content_type, text))
            }
            (status @ 300.., None) => Outcome::Fail(status),
            (status, None) => Outcome::Respond(Response::text(
                status,
                &self.content_type(location, &self.uri),
                String::new(),
            )),
        }
    }

    /// The first candidate that exists becomes the content, in this very location.
    fn try_files(&mut self, files: &TryFiles, location: &Rc<Location>) -> Outcome {
        for candidate in &files.candidates {
            let uri = candidate.text(&self.values(location, SentValues::default()));
            let file = location.file(uri.trim_end_matches('/'));
            let Ok(metadata) = std::fs::metadata(&file) else { continue };
            if metadata.is_dir() != uri.ends_with('/') {
                continue;
            }
            self.uri = uri;
            return if self.uri.ends_with('/') { self.index(location) } else { self.file(&file, location) };
        }
        match &files.last {
            Fallback::Status(status) => Outcome::Fail(*status),
            Fallback::Uri(uri) => Outcome::Redirect(uri.text(&self.values(location, SentValues::default()))),
        }
    }

    fn index(&self, location: &Rc<Location>) -> Outcome {
        let folder = location.file(&self.uri);
        for name in &*location.settings.index {
            if name.starts_with('/') {
                return Outcome::Redirect(name.clone());
            }
            if std::fs::metadata(folder.join(name)).is_ok_and(|found| !found.is_dir()) {
                return Outcome::Redirect(format!("{}{name}", self.uri));
            }
        }
        if let Err(error) = std::fs::metadata(&folder) {
            return self.failed("opendir", &folder, &error, location);
        }
        if !location.settings.lists_directories {
            let message = format!("directory index of \"{}\" is forbidden", folder.display());
            self.log(location, Level::Error, &message);
            return Outcome::Fail(403);
        }
        match autoindex::listing(&folder, &self.uri) {
            Ok(page) => Outcome::Respond(page),
            Err(error) => self.failed("opendir", &folder, &error, location),
        }
    }

    fn file(&self, path: &Path, location: &Rc<Location>) -> Outcome {
        let file = match static_file::open(path) {
            Ok(Found::File(file)) => file,
            Ok(Found::Directory) => {
                let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
                let to = format!("{}/{query}", encode_path(&self.uri));
                let to = self.absolute(location, &to);
                return Outcome::Respond(pages::page(301, self.server_field()).with("Location", to));
            }
            Ok(Found::Other) => {
                self.log(location, Level::Crit, &format!("\"{}\" is not a regular file", path.display()));
                return Outcome::Fail(404);
            }
            Err(error) => return self.failed("open", path, &error, location),
        };
        let content_type = self.content_type(location, &self.uri);
        if let Some(status) = self.status {
            return Outcome::Respond(file.respond_whole(status, &content_type));
        }
        if self.request.method == "POST" {
            return Outcome::Fail(405);
        }
        let response = file.respond(self.request, &content_type, EtagStyle::Nginx);
        match response.status {
            status @ (412 | 416) => {
                let mut page = pages::page(status, self.server_field());
                page.fields.extend(response.fields);
                Outcome::Respond(page)
            }
            _ => Outcome::Respond(response),
        }
    }

    fn failed(&self, call: &str, path: &Path, error: &io::Error, location: &Rc<Location>) -> Outcome {
        let errno = errno::of(error);
        let (status, level) = match errno.number {
            2 | 20 | 36 => (404, Level::Error),
            13 | 40 => (403, Level::Error),
            _ => (500, Level::Crit),
        };
        if status != 404 || location.settings.logs_not_found {
            let message =
                format!("{call}() \"{}\" failed ({}: {})", path.display(), errno.number, errno.words);
            self.log(location, level, &message);
        }
        Outcome::Fail(status)
    }

    fn content_type(&self, location: &Location, uri: &str) -> String {
        match location.settings.types.of(uri) {
            "" => location.settings.default_type.to_string(),
            known => known.to_owned(),
        }
    }

    /// A redirect's address: with scheme, host and (unless it is 80) port, as `absolute_redirect` says.
    fn absolute(&self, location: &Location, path: &str) -> String {
        if !location.settings.redirects_absolutely {
            return path.to_owned();
        }
        let name = self.server.names.first().cloned().unwrap_or_default();
        let host = host_name(Some(self.request)).unwrap_or(name);
        match self.peer.local.port() {
            80 => format!("http://{host}{path}"),
            port => format!("http://{host}:{port}{path}"),
        }
    }
}
