//! Listings of directories.

use std::{fs, io, path::Path, time::UNIX_EPOCH};

use wasipod_guest_http::{date, message::Response, target::encode_path};

/// Names longer than this are cut in the listing.
const NAME_WIDTH: usize = 50;

struct Entry {
    name: String,
    is_directory: bool,
    size: u64,
    modified: std::time::SystemTime,
}

/// The page that lists a directory: folders first, both by name; no hidden files.
pub(super) fn listing(folder: &Path, uri: &str) -> io::Result<Response> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), fs::metadata(entry.path())) else {
            continue;
        };
        if !name.starts_with('.') {
            let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
            entries.push(Entry { name, is_directory: metadata.is_dir(), size: metadata.len(), modified });
        }
    }
    entries.sort_by(|a, b| b.is_directory.cmp(&a.is_directory).then_with(|| a.name.cmp(&b.name)));
    let title = escape(uri);
    let mut page = format!(
        "<html>\r\n<head><title>Index of {title}</title></head>\r\n<body>\r\n<h1>Index of {title}</h1><hr><pre><a \
         href=\"../\">../</a>\r\n"
    );
    entries.iter().for_each(|entry| page.push_str(&line(entry)));
    page.push_str("</pre><hr></body>\r\n</html>\r\n");
    Ok(Response::text(200, "text/html", page))
}

fn line(entry: &Entry) -> String {
    let slash = if entry.is_directory { "/" } else { "" };
    let full = format!("{}{slash}", entry.name);
    let width = full.chars().count();
    let (shown, padding) = if width > NAME_WIDTH {
        (full.chars().take(NAME_WIDTH - 3).chain("..>".chars()).collect(), 0)
    } else {
        (full.clone(), NAME_WIDTH - width)
    };
    let size = if entry.is_directory { "-".to_owned() } else { entry.size.to_string() };
    // A colon in the first segment would make a relative link an address with a scheme.
    let link = encode_path(&full).replace(':', "%3A");
    let date = date::listing(entry.modified);
    format!("<a href=\"{}\">{}</a>{:padding$} {date} {size:>19}\r\n", escape(&link), escape(&shown), "")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
