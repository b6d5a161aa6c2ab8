//! A core module for WASI 0.1 becomes a component for WASI 0.2, once, before it is compiled.
//!
//! wasmtime's adapter does the translation. One thing it can't carry: `proc_exit`'s code, of which 0.2's plain `exit`
//! keeps only "ok or not". So the module's import of `proc_exit` is renamed to 0.2.12's `exit-with-code`, whose core
//! signature is the same, before the adapter sees it.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};
use wasm_encoder::reencode::{Reencode, utils};
use wasmparser::{Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// The modules whose functions the adapter provides.
const PREVIEW1: &str = "wasi_snapshot_preview1";

const EXIT_INTERFACE: &str = "wasi:cli/exit@0.2.12";
const EXIT_FUNCTION: &str = "exit-with-code";

/// A world with nothing but the import above.
const EXIT_WORLD: &str = "package wasipod:adapter; world exact-exit { import wasi:cli/exit@0.2.12; }";

/// Why a core module can't be made a component.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdaptError {
    #[error("it imports what no WASI program may expect: {}", .0.join(", "))]
    UnknownImports(Vec<String>),
    #[error("it has no `_start`: a library (reactor), not a program")]
    NotACommand,
    #[error("{0:#}")]
    Other(anyhow::Error),
}

impl From<anyhow::Error> for AdaptError {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<wasmparser::BinaryReaderError> for AdaptError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Other(error.into())
    }
}

/// The component that runs `module`.
pub(crate) fn module_to_component(module: &[u8]) -> Result<Vec<u8>, AdaptError> {
    let shape = inspect(module)?;
    if !shape.unknown.is_empty() {
        return Err(AdaptError::UnknownImports(shape.unknown));
    }
    if !shape.has_start {
        return Err(AdaptError::NotACommand);
    }
    let mut bytes = if shape.exits { with_exact_exit(module)? } else { module.to_vec() };
    if shape.exits {
        let mut resolve = Resolve::default();
        for text in [
            include_str!("../../../wit/deps/io.wit"),
            include_str!("../../../wit/deps/clocks.wit"),
            include_str!("../../../wit/deps/filesystem.wit"),
            include_str!("../../../wit/deps/random.wit"),
            include_str!("../../../wit/deps/sockets.wit"),
            include_str!("../../../wit/deps/cli.wit"),
        ] {
            resolve.push_str("wasi.wit", text)?;
        }
        let package = resolve.push_str("exact-exit.wit", EXIT_WORLD)?;
        let world = resolve.select_world(&[package], Some("exact-exit"))?;
        wit_component::embed_component_metadata(&mut bytes, &resolve, world, StringEncoding::UTF8)?;
    }
    let component = ComponentEncoder::default()
        // Compiling validates the result anyway.
        .validate(false)
        .module(&bytes)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)?
        .encode()?;
    Ok(component)
}

struct Shape {
    /// Imports that nobody provides, as `module.name`.
    unknown: Vec<String>,
    has_start: bool,
    /// Whether it imports `proc_exit`.
    exits: bool,
}

fn inspect(module: &[u8]) -> Result<Shape, wasmparser::BinaryReaderError> {
    let mut shape = Shape { unknown: Vec::new(), has_start: false, exits: false };
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    if import.module != PREVIEW1 || !matches!(import.ty, TypeRef::Func(_)) {
                        shape.unknown.push(format!("{}.{}", import.module, import.name));
                    } else if import.name == "proc_exit" {
                        shape.exits = true;
                    }
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    shape.has_start |= export?.name == "_start";
                }
            }
            _ => {}
        }
    }
    Ok(shape)
}

/// The module with `proc_exit` imported from where its code isn't lost.
fn with_exact_exit(module: &[u8]) -> Result<Vec<u8>, anyhow::Error> {
    struct Rename;
    impl Reencode for Rename {
        type Error = std::convert::Infallible;

        fn parse_import_section(
            &mut self,
            imports: &mut wasm_encoder::ImportSection,
            section: wasmparser::ImportSectionReader<'_>,
        ) -> Result<(), wasm_encoder::reencode::Error> {
            for import in section.into_imports() {
                let import = import?;
                let ty = self.entity_type(import.ty)?;
                if import.module == PREVIEW1 && import.name == "proc_exit" {
                    imports.import(EXIT_INTERFACE, EXIT_FUNCTION, ty);
                } else {
                    imports.import(import.module, import.name, ty);
                }
            }
            Ok(())
        }
    }
    let mut renamed = wasm_encoder::Module::new();
    utils::parse_core_module(&mut Rename, &mut renamed, Parser::new(0), module)?;
    Ok(renamed.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_exits_imports_exit_with_code_afterwards() {
        let module = wat::parse_str(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (func (export "_start") i32.const 3 call $exit))"#,
        )
        .unwrap();
        let component = module_to_component(&module).unwrap();
        let has = |text: &str| component.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(has("exit-with-code"));
        assert!(!has("proc_exit"));
    }
}
