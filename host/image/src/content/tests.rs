#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const MODULE: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

#[test]
fn whole_programs_are_told_apart() {
    assert_eq!(Content::of(MODULE), Content::Wasm(Program::Module));
    assert_eq!(Content::of(COMPONENT), Content::Wasm(Program::Component));
}

#[test]
fn every_cut_of_a_module_is_noticed_unless_it_is_a_module_itself() {
    for length in 1..MODULE.len() {
        // The eight bytes of the header alone are an empty module.
        let broken = matches!(Content::of(&MODULE[..length]), Content::BrokenWasm(_));
        assert_eq!(broken, length != 8, "{length}");
    }
}

#[test]
fn what_isnt_webassembly_is_called_by_its_name() {
    let table: [(&[u8], &str); 7] = [
        (b"\x7fELF\x02\x01", "a native Linux program (ELF); build it for wasm32-wasip1 or wasm32-wasip2"),
        (b"MZ\x90", "a native Windows program (PE); build it for wasm32-wasip1 or wasm32-wasip2"),
        (b"#!/bin/sh\n", "a script; put it into an image folder beside its interpreter"),
        (b"  (module)", "WebAssembly as text; translate it with `wasm-tools parse` first"),
        (b"PK\x03\x04", "a zip archive"),
        (b"", "an empty file"),
        (b"hello", "not a WebAssembly file"),
    ];
    for (bytes, text) in table {
        assert_eq!(Content::of(bytes).to_string(), text);
    }
}
