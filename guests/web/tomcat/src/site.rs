//! What requests mean: the application by the path's beginning, then its static files.

use std::{cell::RefCell, collections::BTreeMap, path::PathBuf};

use wasipod_guest_http::{
    connection::{Answer, Handler, Limits, Peer},
    message::{Body, Response},
    mime::MimeTypes,
    request::{Refusal, Request},
    static_file::{self, EtagStyle, Found},
    target::{Target, encode_path},
};

/// Tried in this order for a path that ends with a slash.
const WELCOME: [&str; 3] = ["index.html", "index.htm", "index.jsp"];
/// No client sees into these, however they are spelled.
const HIDDEN: [&str; 2] = ["WEB-INF", "META-INF"];

/// The applications that are served.
pub(crate) struct Site {
    /// By context path: empty for the root, else beginning with a slash.
    contexts: RefCell<BTreeMap<String, PathBuf>>,
    types: MimeTypes,
}

impl Site {
    pub(crate) fn new() -> Site {
        Site { contexts: RefCell::default(), types: MimeTypes::usual("application/octet-stream") }
    }

    pub(crate) fn add(&self, context: String, folder: PathBuf) {
        self.contexts.borrow_mut().insert(context, folder);
    }

    pub(crate) fn remove(&self, context: &str) {
        self.contexts.borrow_mut().remove(context);
    }

    /// The application with the longest context that the path begins with; the rest of the path, empty for the
    /// context itself.
    fn find<'p>(&self, path: &'p str) -> Option<(PathBuf, &'p str)> {
        let contexts = self.contexts.borrow();
        let mut end = path.len();
        loop {
            if let Some(folder) = contexts.get(&path[..end]) {
                return Some((folder.clone(), &path[end..]));
            }
            end = path[..end].rfind('/')?;
        }
    }

    fn respond(&self, request: &Request) -> Response {
        let target = match Target::parse(&request.target) {
            Ok(target) => target,
            Err(error) => return page(400, &error.to_string(), &request.target),
        };
        let path = target.path.as_str();
        let Some((folder, rest)) = self.find(path) else { return not_found(path) };
        let is_hidden = |segment: &str| HIDDEN.iter().any(|hidden| segment.eq_ignore_ascii_case(hidden));
        if rest.split('/').any(is_hidden) {
            return not_found(path);
        }
        let redirect = || {
            let query = target.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
            Response::new(302, Body::Bytes(Vec::new()))
                .with("Location", format!("{}/{query}", encode_path(path)))
        };
        if rest.is_empty() {
            return redirect();
        }
        match request.method.as_str() {
            "GET" | "HEAD" => {}
            "OPTIONS" => return Response::new(200, Body::Bytes(Vec::new())).with("Allow", ALLOWED),
            method => {
                let text = format!("HTTP method {method} is not supported by this URL");
                return page(405, &text, path).with("Allow", ALLOWED);
            }
        }
        let file = folder.join(rest.trim_matches('/'));
        if rest.ends_with('/') {
            for name in WELCOME {
                let response = self.file(request, &file.join(name), path);
                if response.status != 404 {
                    return response;
                }
            }
            return not_found(path);
        }
        match static_file::open(&file) {
            Ok(Found::Directory) => redirect(),
            _ => self.file(request, &file, path),
        }
    }

    fn file(&self, request: &Request, file: &std::path::Path, path: &str) -> Response {
        let Ok(Found::File(open)) = static_file::open(file) else { return not_found(path) };
        let name = file.to_string_lossy();
        if name.ends_with(".jsp") || name.ends_with(".jspx") {
            return page(
                501,
                "JavaServer Pages are not executed: there is no Java in this stand-in for Tomcat",
                path,
            );
        }
        let response = open.respond(request, self.types.of(&name), EtagStyle::Tomcat);
        match response.status {
            status @ (412 | 416) => {
                let mut page = page(status, "", path);
                page.fields.extend(response.fields);
                page
            }
            _ => response,
        }
    }
}

const ALLOWED: &str = "GET, HEAD, OPTIONS";

fn not_found(path: &str) -> Response {
    page(404, "The requested resource is not available.", path)
}

/// An error page of Tomcat's shape.
fn page(status: u16, description: &str, path: &str) -> Response {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (description, path) = (escape(description), escape(path));
    let text = format!(
        "<html><head><title>Apache Tomcat/{version} - Error report</title></head><body><h1>HTTP Status {status} - \
         {path}</h1><hr><p><b>type</b> Status report</p><p><b>message</b> <u>{path}</u></p><p><b>description</b> \
         <u>{description}</u></p><hr><h3>Apache Tomcat/{version} (wasipod stand-in)</h3></body></html>",
        version = crate::VERSION
    );
    Response::text(status, "text/html;charset=utf-8", text)
}

impl Handler for Site {
    fn server(&self, _: Peer) -> String {
        "Apache-Coyote/1.1".to_owned()
    }

    fn limits(&self, _: Peer) -> Limits {
        let patience = std::time::Duration::from_secs(20);
        Limits { keep_alive: patience, requests: 100, head: patience, send: patience }
    }

    fn answer(&self, request: &Request, _: Peer) -> Answer {
        unlogged(self.respond(request))
    }

    fn refuse(&self, refusal: Refusal, _: Peer) -> Answer {
        unlogged(Response::new(refusal.status(), Body::Bytes(Vec::new())))
    }
}

/// Tomcat's access log is off in the image that is imitated.
fn unlogged(response: Response) -> Answer {
    Answer { response, finished: Box::new(|_| ()) }
}

#[cfg(test)]
mod tests;
