//! `wasipod image ls` and `wasipod image build`

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use wasipod_image::{ImageFolder, Images, Layout, Listing, Origin, Reference};

use crate::args::{BuildArgs, ImageCommand};
use crate::directories;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Output;

/// Digits of an image's id that are shown.
const SHORT_ID: usize = 12;

pub(crate) fn run(command: &ImageCommand, output: &Output) -> Result<ExitStatus, Failure> {
    match command {
        ImageCommand::Ls => list(output),
        ImageCommand::Build(args) => build(args, output),
    }
}

fn list(output: &Output) -> Result<ExitStatus, Failure> {
    let images = Images::new(directories::images().map(Layout::new));
    let listings = images.list().map_err(|error| Failure::machine(error.to_string()))?;
    output.data(table(&listings).as_bytes());
    Ok(ExitStatus::Success)
}

fn build(args: &BuildArgs, output: &Output) -> Result<ExitStatus, Failure> {
    let input = |error: wasipod_image::Error| Failure::input(error.to_string());
    let store = store()?;
    let folder = ImageFolder::open(&args.folder).map_err(input)?;
    let image = folder.build(Origin::Local).map_err(input)?;
    let names = match &args.name {
        Some(name) => vec![name.parse::<Reference>().map_err(|error| Failure::input(error.to_string()))?],
        None => folder.names.clone(),
    };
    if names.is_empty() {
        return Err(Failure::input(format!("`{}` gives the image no name", args.folder.display()))
            .hint("name it with -t NAME, or with `names:` in its image.yaml"));
    }
    for name in names {
        let saved = store.save(&name, &image).map_err(|error| Failure::machine(error.to_string()))?;
        output.line(&format!("{name} {}", saved.id()));
    }
    Ok(ExitStatus::Success)
}

fn store() -> Result<Layout, Failure> {
    let directory = directories::images().ok_or_else(|| {
        Failure::machine("this user has no data directory to keep images in")
            .hint(format!("name one with {}", directories::IMAGES))
    })?;
    Ok(Layout::new(directory))
}

fn table(listings: &[Listing]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["NAME", "FROM", "STAND-IN", "SIZE", "ID", "WHAT IT IS"]);
    for listing in listings {
        let id = listing.id.trim_start_matches("sha256:");
        table.add_row([
            listing.name.as_str(),
            listing.origin,
            if listing.stand_in { "yes" } else { "no" },
            &size(listing.size),
            &id[..id.len().min(SHORT_ID)],
            &listing.note,
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Bytes for people, in powers of 1000.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!([999, 1_000, 1_234_567].map(size), ["999 B", "1.0 kB", "1.2 MB"]);
    }

    #[test]
    fn the_table_says_what_stands_in_for_what() {
        let listing = Listing {
            name: "nginx".to_owned(),
            id: "sha256:0123456789abcdef".to_owned(),
            size: 1_500_000,
            origin: "embedded",
            stand_in: true,
            note: "a web server".to_owned(),
        };
        let text = table(&[listing]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "NAME    FROM       STAND-IN   SIZE     ID             WHAT IT IS");
        assert_eq!(lines[1], "nginx   embedded   yes        1.5 MB   0123456789ab   a web server");
    }
}
