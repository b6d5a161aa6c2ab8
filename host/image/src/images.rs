//! All images that this node knows: mapped ones first, then the local store, then the embedded set.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::content::Content;
use crate::embedded::{self, RECIPES};
use crate::folder::MANIFEST;
use crate::layer::LayerBuilder;
use crate::{Error, Image, ImageConfig, ImageFolder, Layout, Origin, Reference};

/// Finds images by name.
#[derive(Default)]
pub struct Images {
    /// By full name.
    mapped: BTreeMap<String, Arc<Image>>,
    store: Option<Layout>,
    /// Images of the local store by manifest digest and of example folders by name: the same image is the same `Arc`,
    /// so that its trees are built once.
    loaded: Mutex<BTreeMap<String, Arc<Image>>>,
}

/// One line of `wasipod image ls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The name that people write.
    pub name: String,
    /// `sha256:…`; empty when the image can't be made, see `note`.
    pub id: String,
    /// The bytes of all files.
    pub size: u64,
    /// `embedded`, `local` or `mapped`.
    pub origin: &'static str,
    /// Whether it only stands in for the image of that name.
    pub stand_in: bool,
    /// What it is: the stand-in's description, the mapped path, or why it can't be made.
    pub note: String,
}

// === impl Images ===

impl Images {
    /// The embedded set, and what a local store has.
    pub fn new(store: Option<Layout>) -> Self {
        Self { store, ..Self::default() }
    }

    /// Lets `name` mean a folder with an `image.yaml`, or a single program: an image with nothing but that program,
    /// /tmp and /etc/passwd, whose entrypoint it is.
    ///
    /// # Errors
    /// What is wrong with the name, the folder or the file.
    pub fn map(&mut self, name: &str, path: &Path) -> Result<(), Error> {
        let reference: Reference = name.parse()?;
        let origin = Origin::Mapped(path.display().to_string());
        let image = if path.is_dir() {
            if !path.join(MANIFEST).is_file() {
                let what = format!("this folder has no {MANIFEST}, so it is no image folder");
                return Err(Error::folder(path.display().to_string(), what));
            }
            ImageFolder::open(path)?.build(origin)?
        } else {
            program(path, origin)?
        };
        self.mapped.insert(reference.to_string(), Arc::new(image));
        Ok(())
    }

    /// The image of that name.
    ///
    /// # Errors
    /// [`Error::Reference`] when the name is none (IMG-3), [`Error::NotFound`] and [`Error::Pinned`] when nobody has
    /// it (IMG-10), [`Error::NoGuest`], and what the local store says.
    pub fn find(&self, name: &str) -> Result<Arc<Image>, Error> {
        let reference: Reference = name.parse()?;
        if let Some(image) = self.mapped.get(&reference.to_string()) {
            return Ok(image.clone());
        }
        if let Some(store) = &self.store
            && let Some(digest) = store.resolve(&reference)?
        {
            return self
                .load_once(digest, || store.load(&reference)?.ok_or_else(|| not_found(name, &reference)));
        }
        if let Some(recipe) = RECIPES.iter().find(|recipe| recipe.matches(&reference)) {
            return match reference.digest() {
                None => recipe.image(),
                Some(_) => Err(Error::Pinned { name: name.to_owned(), reference: reference.to_string() }),
            };
        }
        for folder in embedded::example_folders() {
            let folder = folder?;
            if folder.names.contains(&reference) {
                return self.load_once(reference.to_string(), || folder.build(example_origin(&folder)));
            }
        }
        Err(not_found(name, &reference))
    }

    /// Whether the image of that name is here, so that nothing has to be pulled (IMG-4, IMG-5).
    ///
    /// # Errors
    /// As [`find`](Self::find), but that nobody has it is no error.
    pub fn is_present(&self, name: &str) -> Result<bool, Error> {
        match self.find(name) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. } | Error::Pinned { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn load_once(
        &self,
        key: String,
        load: impl FnOnce() -> Result<Image, Error>,
    ) -> Result<Arc<Image>, Error> {
        if let Some(image) = self.loaded.lock().get(&key) {
            return Ok(image.clone());
        }
        let image = Arc::new(load()?);
        Ok(self.loaded.lock().entry(key).or_insert(image).clone())
    }

    /// Everything there is, in the order in which names are looked up.
    ///
    /// # Errors
    /// When the local store can't be read.
    pub fn list(&self) -> Result<Vec<Listing>, Error> {
        let mut lines: Vec<Listing> =
            self.mapped.iter().map(|(name, image)| Listing::new(name, Ok(image))).collect();
        for (name, image) in self.store.iter().map(Layout::list).collect::<Result<Vec<_>, _>>()?.concat() {
            lines.push(Listing::new(&name, Ok(&image)));
        }
        for recipe in &RECIPES {
            lines.push(Listing::new(recipe.name, recipe.image().as_deref()));
        }
        for folder in embedded::example_folders() {
            let folder = folder?;
            let image = folder.build(example_origin(&folder));
            lines.extend(folder.names.iter().map(|name| Listing::new(&name.to_string(), image.as_ref())));
        }
        Ok(lines)
    }
}

// === impl Listing ===

impl Listing {
    fn new(name: &str, image: Result<&Image, &Error>) -> Self {
        let name = name.to_owned();
        match image {
            Err(error) => {
                let (origin, note) = ("embedded", error.to_string());
                Self { name, id: String::new(), size: 0, origin, stand_in: false, note }
            }
            Ok(image) => {
                let (origin, note) = match image.origin() {
                    Origin::Embedded(stand_in) => {
                        ("embedded", stand_in.clone().unwrap_or_default().into_owned())
                    }
                    Origin::Local => ("local", String::new()),
                    Origin::Mapped(path) => ("mapped", path.clone()),
                };
                let stand_in = image.stand_in().is_some();
                Self { name, id: image.id().to_owned(), size: image.size(), origin, stand_in, note }
            }
        }
    }
}

fn not_found(name: &str, reference: &Reference) -> Error {
    Error::NotFound { name: name.to_owned(), reference: reference.to_string() }
}

fn example_origin(folder: &ImageFolder) -> Origin {
    Origin::Embedded(folder.stand_in().map(|text| text.to_owned().into()))
}

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";
const GROUP: &str = "root:x:0:\nnogroup:x:65534:\n";

/// An image around one file.
fn program(path: &Path, origin: Origin) -> Result<Image, Error> {
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    let content = Content::of(&bytes);
    if !matches!(content, Content::Wasm(_)) {
        return Err(Error::NotAProgram { path: path.to_path_buf(), what: format!("this is {content}") });
    }
    let name =
        path.file_name().map_or_else(|| "app.wasm".to_owned(), |name| name.to_string_lossy().into_owned());
    let layer = LayerBuilder::default()
        .file(&name, 0o755, bytes)
        .directory("tmp", 0o1777)
        .directory("etc", 0o755)
        .file("etc/passwd", 0o644, PASSWD)
        .file("etc/group", 0o644, GROUP);
    let config = ImageConfig { entrypoint: vec![format!("/{name}")], ..ImageConfig::default() };
    Ok(Image::new(config, vec![Arc::new(layer.build())], origin))
}

#[cfg(test)]
mod tests;
