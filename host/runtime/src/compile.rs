//! From a program's bytes to code that can be started, once: in memory by content, on disk by digest.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::adapt::{AdaptError, module_to_component};
use crate::cache::DiskCache;
use crate::engine::{Allocation, Engines, Mode};
use crate::guest::Guest;
use crate::linker::{is_served, linker};

/// So many programs are kept ready; the cache on disk keeps the rest.
const PROGRAMS_KEPT: usize = 128;

/// Why a program's bytes can't be run. The texts say what is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// Not valid WebAssembly, or a feature that the engine lacks.
    #[error("not a valid WebAssembly program: {0}")]
    Invalid(String),
    /// It needs what nobody provides.
    #[error("the program imports what this host doesn't provide: {}", .0.join(", "))]
    UnknownImports(Vec<String>),
    /// A library.
    #[error("the WebAssembly file is no program: {0}")]
    NotACommand(String),
}

/// A program that can be started.
pub(crate) struct Compiled {
    pooled: Option<CommandPre<Guest>>,
    on_demand: OnceLock<CommandPre<Guest>>,
    code: Code,
    /// Whether it imports `wasipod:os`.
    pub(crate) knows_os: bool,
}

/// Compiled code, for loading it into the second engine when the pool is full.
enum Code {
    File(std::path::PathBuf),
    Bytes(Vec<u8>),
}

/// What people see while they wait.
pub type Progress = Arc<dyn Fn(CompileEvent) + Send + Sync>;

/// A compile that isn't answered from the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileEvent {
    /// It begins; `bytes` is the program's size.
    Started {
        /// WebAssembly bytes.
        bytes: usize,
    },
    /// It is done.
    Finished,
}

/// Compiles and keeps programs.
pub(crate) struct Compiler {
    engines: Arc<Engines>,
    linkers: [Option<Linker<Guest>>; 2],
    disk: Option<DiskCache>,
    progress: Progress,
    programs: Mutex<Programs>,
}

/// Ready programs by the address and length of their content, which is kept so that the address stays theirs.
#[derive(Default)]
struct Programs {
    by_content: BTreeMap<(usize, usize), (Bytes, Pending)>,
    by_digest: BTreeMap<[u8; 32], Pending>,
}

/// An answer, or where it will be.
type Pending = Arc<OnceCell<Answer>>;

type Answer = Result<Arc<Compiled>, CompileError>;

// === impl Compiler ===

impl Compiler {
    pub(crate) fn new(
        engines: Arc<Engines>,
        disk: Option<DiskCache>,
        progress: Progress,
    ) -> wasmtime::Result<Self> {
        let for_engine = |allocation| engines.get(allocation).map(linker).transpose();
        let linkers = [for_engine(Allocation::Pooled)?, for_engine(Allocation::OnDemand)?];
        Ok(Self { engines, linkers, disk, progress, programs: Mutex::default() })
    }

    /// The program with this content, compiled now if it has to be. Everybody who asks meanwhile gets the same answer.
    pub(crate) async fn compile(self: &Arc<Self>, wasm: Bytes) -> Answer {
        let cell = self.cell(&wasm);
        cell.get_or_init(|| async {
            match self.engines.mode() {
                // On the only thread: nothing else happens meanwhile, so the run is the same with a cold cache.
                Mode::Virtual => self.compile_now(&wasm),
                Mode::Real => {
                    let compiler = self.clone();
                    let bytes = wasm.clone();
                    match tokio::task::spawn_blocking(move || compiler.compile_now(&bytes)).await {
                        Ok(answer) => answer,
                        Err(panic) => Err(CompileError::Invalid(format!("the compiler failed: {panic}"))),
                    }
                }
            }
        })
        .await
        .clone()
    }

    /// Where the answer for this content is or will be. Embedded programs and image layers hand out the same memory
    /// each time, so that they aren't hashed at every start.
    fn cell(&self, wasm: &Bytes) -> Pending {
        let key = (wasm.as_ptr() as usize, wasm.len());
        if let Some((_, cell)) = self.programs.lock().by_content.get(&key) {
            return cell.clone();
        }
        let digest: [u8; 32] = Sha256::digest(wasm).into();
        let mut programs = self.programs.lock();
        if programs.by_digest.len() >= PROGRAMS_KEPT {
            programs.by_content.clear();
            programs.by_digest.clear();
        }
        let cell = programs.by_digest.entry(digest).or_default().clone();
        programs.by_content.insert(key, (wasm.clone(), cell.clone()));
        if programs.by_content.len() > 2 * PROGRAMS_KEPT {
            programs.by_content.clear();
        }
        cell
    }

    fn compile_now(&self, wasm: &Bytes) -> Answer {
        let engine = self.engines.compiler();
        let key = cache_key(engine, wasm);
        if let Some(path) = self.disk.as_ref().and_then(|disk| disk.get(&key))
            && let Ok(compiled) = self.load(Code::File(path))
        {
            return Ok(Arc::new(compiled));
        }
        (self.progress)(CompileEvent::Started { bytes: wasm.len() });
        let code = compile(engine, wasm);
        (self.progress)(CompileEvent::Finished);
        let code = code?;
        let stored = self.disk.as_ref().and_then(|disk| match disk.put(&key, &code) {
            Ok(path) => Some(path),
            Err(error) => {
                tracing::warn!(%error, "a compiled program can't be kept: it will be compiled again");
                None
            }
        });
        let code = stored.map_or(Code::Bytes(code), Code::File);
        self.load(code).map(Arc::new)
    }

    fn load(&self, code: Code) -> Result<Compiled, CompileError> {
        let first = if self.linkers[0].is_some() { Allocation::Pooled } else { Allocation::OnDemand };
        let component = self.component(&code, first)?;
        let imports: Vec<String> = component
            .component_type()
            .imports(self.engine(first)?)
            .map(|(name, _)| name.to_owned())
            .collect();
        let unknown: Vec<String> = imports.iter().filter(|name| !is_served(name)).cloned().collect();
        if !unknown.is_empty() {
            return Err(CompileError::UnknownImports(unknown));
        }
        let knows_os = imports.iter().any(|name| name.starts_with("wasipod:os/"));
        let ready = self.prepare(&component, first)?;
        let (pooled, on_demand) = match first {
            Allocation::Pooled => (Some(ready), OnceLock::new()),
            Allocation::OnDemand => (None, OnceLock::from(ready)),
        };
        Ok(Compiled { pooled, on_demand, code, knows_os })
    }

    fn engine(&self, allocation: Allocation) -> Result<&Engine, CompileError> {
        self.engines.get(allocation).ok_or_else(|| CompileError::Invalid("no engine for it".into()))
    }

    fn component(&self, code: &Code, allocation: Allocation) -> Result<Component, CompileError> {
        let engine = self.engine(allocation)?;
        let component = match code {
            Code::File(path) => deserialize_file(engine, path),
            Code::Bytes(bytes) => deserialize(engine, bytes),
        };
        component.map_err(|error| CompileError::Invalid(format!("{error:#}")))
    }

    fn prepare(
        &self,
        component: &Component,
        allocation: Allocation,
    ) -> Result<CommandPre<Guest>, CompileError> {
        let linker = self.linkers[allocation as usize].as_ref();
        let linker = linker.ok_or_else(|| CompileError::Invalid("no linker for it".into()))?;
        let instance = linker
            .instantiate_pre(component)
            .map_err(|error| CompileError::UnknownImports(vec![format!("{error:#}")]))?;
        CommandPre::new(instance).map_err(|error| CompileError::NotACommand(format!("{error:#}")))
    }

    /// What starts an instance of `compiled`, if that allocation can be had.
    pub(crate) fn starter(&self, compiled: &Compiled, allocation: Allocation) -> Option<CommandPre<Guest>> {
        match allocation {
            Allocation::Pooled => compiled.pooled.clone(),
            Allocation::OnDemand => {
                if let Some(ready) = compiled.on_demand.get() {
                    return Some(ready.clone());
                }
                let component = self.component(&compiled.code, allocation).ok()?;
                let ready = self.prepare(&component, allocation).ok()?;
                Some(compiled.on_demand.get_or_init(|| ready).clone())
            }
        }
    }
}

fn compile(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, CompileError> {
    let invalid = |error: wasmtime::Error| CompileError::Invalid(format!("{error:#}"));
    if wasmparser::Parser::is_component(wasm) {
        return engine.precompile_component(wasm).map_err(invalid);
    }
    // The module is checked as it is, so that the message is about the user's file and not about the adapted one.
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::default())
        .validate_all(wasm)
        .map_err(|error| CompileError::Invalid(error.to_string()))?;
    let component = module_to_component(wasm).map_err(|error| match error {
        AdaptError::UnknownImports(names) => CompileError::UnknownImports(names),
        AdaptError::NotACommand => CompileError::NotACommand(error.to_string()),
        AdaptError::Other(_) => CompileError::Invalid(error.to_string()),
    })?;
    engine.precompile_component(&component).map_err(invalid)
}

/// The program's digest and everything of the engine that the code depends on.
fn cache_key(engine: &Engine, wasm: &[u8]) -> String {
    struct Fingerprint(Sha256);
    impl std::hash::Hasher for Fingerprint {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
    let mut fingerprint = Fingerprint(Sha256::new());
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut fingerprint);
    // How a module is adapted is part of what is compiled.
    fingerprint.0.update(env!("CARGO_PKG_VERSION"));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{}-{}", hex(&Sha256::digest(wasm)), hex(&fingerprint.0.finalize()[..8]))
}

#[expect(
    unsafe_code,
    reason = "compiled code is run as it is; ours comes from this process or the checked cache"
)]
fn deserialize_file(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file lies in a directory that only this user can write, was made by this engine's compiler
    // (its fingerprint is in the name) and has the digest that was noted when it was written.
    unsafe { Component::deserialize_file(engine, path) }
}

#[expect(
    unsafe_code,
    reason = "compiled code is run as it is; ours comes from this process or the checked cache"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes come straight from `precompile_component` of this process.
    unsafe { Component::deserialize(engine, code) }
}
