//! What a file is by its first bytes: a program that we can run, or what else.

use std::fmt;

use wasmparser::{Encoding, Parser, Payload};

/// A program in WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// A core module (WASI 0.1).
    Module,
    /// A component (WASI 0.2).
    Component,
}

/// What a file holds. Its text finishes the sentence "this is …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A whole program in WebAssembly.
    Wasm(Program),
    /// WebAssembly that ends too early or is damaged, and why.
    BrokenWasm(String),
    /// WebAssembly in its text form.
    WasmText,
    /// A `#!` script.
    Script,
    /// A program for Linux.
    Elf,
    /// A program for macOS.
    MachO,
    /// A program for Windows.
    Pe,
    /// An archive or something compressed.
    Archive(&'static str),
    /// Nothing.
    Empty,
    /// Anything else.
    Other,
}

const WASM: &[u8] = b"\0asm";
const KNOWN: [(&[u8], Content); 9] = [
    (b"\x7fELF", Content::Elf),
    (b"\xfe\xed\xfa\xce", Content::MachO),
    (b"\xfe\xed\xfa\xcf", Content::MachO),
    (b"\xce\xfa\xed\xfe", Content::MachO),
    (b"\xcf\xfa\xed\xfe", Content::MachO),
    (b"MZ", Content::Pe),
    (b"PK\x03\x04", Content::Archive("a zip archive")),
    (b"\x1f\x8b", Content::Archive("a gzip file")),
    (b"#!", Content::Script),
];

// === impl Content ===

impl Content {
    /// Looks at a file. WebAssembly is followed to its end, so that one that was cut off is told from a whole one;
    /// whether its functions are valid is the runtime's question.
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        if bytes.starts_with(WASM) || (bytes.len() < WASM.len() && WASM.starts_with(bytes)) {
            return Self::of_wasm(bytes);
        }
        if let Some((_, content)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return content.clone();
        }
        let text = bytes.trim_ascii_start();
        if text.starts_with(b"(module") || text.starts_with(b"(component") {
            return Self::WasmText;
        }
        Self::Other
    }

    fn of_wasm(bytes: &[u8]) -> Self {
        let mut program = None;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Ok(Payload::Version { encoding, .. }) if program.is_none() => {
                    program = Some(match encoding {
                        Encoding::Module => Program::Module,
                        Encoding::Component => Program::Component,
                    });
                }
                Ok(_) => {}
                Err(error) => return Self::BrokenWasm(error.to_string()),
            }
        }
        program.map_or_else(|| Self::BrokenWasm("it ends too early".to_owned()), Self::Wasm)
    }

    /// Whether a file with this content is executable, whatever the file's own mode says: the same folder makes the
    /// same image on every machine.
    pub(crate) const fn is_executable(&self) -> bool {
        matches!(self, Self::Wasm(_) | Self::BrokenWasm(_) | Self::Script | Self::Elf)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wasm(Program::Module) => f.write_str("a WebAssembly module"),
            Self::Wasm(Program::Component) => f.write_str("a WebAssembly component"),
            Self::BrokenWasm(why) => write!(f, "a WebAssembly file that is cut off or damaged ({why})"),
            Self::WasmText => f.write_str("WebAssembly as text; translate it with `wasm-tools parse` first"),
            Self::Script => f.write_str("a script; put it into an image folder beside its interpreter"),
            Self::Elf => {
                f.write_str("a native Linux program (ELF); build it for wasm32-wasip1 or wasm32-wasip2")
            }
            Self::MachO => {
                f.write_str("a native macOS program (Mach-O); build it for wasm32-wasip1 or wasm32-wasip2")
            }
            Self::Pe => {
                f.write_str("a native Windows program (PE); build it for wasm32-wasip1 or wasm32-wasip2")
            }
            Self::Archive(what) => f.write_str(what),
            Self::Empty => f.write_str("an empty file"),
            Self::Other => f.write_str("not a WebAssembly file"),
        }
    }
}

#[cfg(test)]
mod tests;
