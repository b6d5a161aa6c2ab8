//! File modes in words and numbers (XCU chmod).

/// The mode that a text means for a file that has `old`; none if it means nothing. `umask` applies where no class is named.
pub(crate) fn parse(text: &str, old: u32, is_directory: bool, umask: u32) -> Option<u32> {
    if text.starts_with(|char: char| char.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut mode = old;
    for clause in text.split(',') {
        let start = clause.find(['+', '-', '='])?;
        let (who, mut actions) = clause.split_at(start);
        let mut classes = 0;
        for class in who.chars() {
            classes |= match class {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                'a' => 0o7777,
                _ => return None,
            };
        }
        let mask = if who.is_empty() { 0o7777 & !umask } else { classes };
        while let Some(operator) = actions.chars().next() {
            let rest = actions.get(1..)?;
            let end = rest.find(['+', '-', '=']).unwrap_or(rest.len());
            let (letters, after) = rest.split_at(end);
            actions = after;
            let mut bits = 0;
            for letter in letters.chars() {
                bits |= match letter {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if is_directory || mode & 0o111 != 0 => 0o111,
                    'X' => 0,
                    's' => 0o6000,
                    't' => 0o1000,
                    'u' => (mode >> 6 & 7) * 0o111,
                    'g' => (mode >> 3 & 7) * 0o111,
                    'o' => (mode & 7) * 0o111,
                    _ => return None,
                };
            }
            // The sticky bit belongs to nobody's class.
            let bits = bits & (mask | 0o1000);
            match operator {
                '+' => mode |= bits,
                '-' => mode &= !bits,
                '=' => mode = mode & !(if who.is_empty() { 0o7777 } else { classes }) | bits,
                _ => return None,
            }
        }
    }
    Some(mode)
}

/// As `ls -l` shows a mode, with the type's letter.
pub(crate) fn letters(kind: wasipod_guest_os::FileType, mode: u32) -> String {
    use wasipod_guest_os::FileType as Kind;
    let mut text = String::from(match kind {
        Kind::Regular => '-',
        Kind::Directory => 'd',
        Kind::SymbolicLink => 'l',
        Kind::CharacterDevice => 'c',
        Kind::BlockDevice => 'b',
        Kind::Fifo => 'p',
        Kind::Socket => 's',
    });
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}
