//! Content types by file name extension.

use std::collections::BTreeMap;

/// Extension (lower case, without the dot) to content type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MimeTypes {
    by_extension: BTreeMap<String, String>,
    default: String,
}

/// The types that a static site needs most: for servers that read no table of their own.
const USUAL: [(&str, &str); 35] = [
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("xml", "application/xml"),
    ("xhtml", "application/xhtml+xml"),
    ("js", "application/javascript"),
    ("mjs", "application/javascript"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("wasm", "application/wasm"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
    ("tar", "application/x-tar"),
    ("jar", "application/java-archive"),
    ("gif", "image/gif"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/x-icon"),
    ("bmp", "image/bmp"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
];

impl MimeTypes {
    /// No extension known; every file has the default type.
    pub fn empty(default: &str) -> MimeTypes {
        MimeTypes { by_extension: BTreeMap::new(), default: default.to_owned() }
    }

    /// The usual types of web sites.
    pub fn usual(default: &str) -> MimeTypes {
        let mut types = MimeTypes::empty(default);
        for (extension, content_type) in USUAL {
            types.insert(extension, content_type);
        }
        types
    }

    /// Sets the type of an extension, whatever it was before.
    pub fn insert(&mut self, extension: &str, content_type: &str) {
        self.by_extension.insert(extension.to_ascii_lowercase(), content_type.to_owned());
    }

    /// Sets the type of files whose extension is unknown.
    pub fn set_default(&mut self, content_type: &str) {
        content_type.clone_into(&mut self.default);
    }

    /// The content type for the last extension of a path.
    pub fn of(&self, path: &str) -> &str {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rsplit_once('.')
            .and_then(|(_, extension)| self.by_extension.get(&extension.to_ascii_lowercase()))
            .unwrap_or(&self.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_extension_of_the_last_segment_counts() {
        let types = MimeTypes::usual("application/octet-stream");
        for (path, expected) in [
            ("/a/index.HTML", "text/html"),
            ("/a/x.tar.gz", "application/gzip"),
            ("/a.html/readme", "application/octet-stream"),
            ("/a/noext.", "application/octet-stream"),
        ] {
            assert_eq!(types.of(path), expected, "{path}");
        }
    }
}
