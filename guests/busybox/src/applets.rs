//! The table of utilities, and where each is.

mod attributes;
mod basic;
mod copy;
mod cut;
mod date;
mod digest;
mod expr;
mod find;
mod grep;
mod links;
mod ls;
mod nc;
mod printf;
pub(crate) mod process;
mod ps;
mod regex;
mod remove;
mod sort;
mod space;
mod test;
mod text;
mod wget;
mod xargs;

use wasipod_guest_os::{self as os, OpenFlags};

use crate::applet::{Applet, Context, Outcome};

const fn applet(name: &'static str, run: fn(&mut Context) -> Outcome, usage: &'static str) -> Applet {
    Applet { name, run, usage }
}

/// All utilities but the shell, by name.
pub(crate) static TABLE: &[Applet] = &[
    applet("[", test::bracket, "EXPRESSION ]"),
    applet("basename", basic::basename, "FILE [SUFFIX] | -a FILE... | -s SUFFIX FILE..."),
    applet("cat", text::cat, "[-nbvteA] [FILE]..."),
    applet("chgrp", attributes::chown, "[-RhcvfLHP] GROUP FILE..."),
    applet("chmod", attributes::chmod, "[-Rcvf] MODE[,MODE]... FILE..."),
    applet("chown", attributes::chown, "[-RhcvfLHP] USER[:[GRP]] FILE..."),
    applet(
        "cp",
        copy::cp,
        "[-arPLHpfinlsTuv] SOURCE DEST\nor: cp [-arPLHpfinlsuv] SOURCE... { -t DIRECTORY | DIRECTORY }",
    ),
    applet("cut", cut::cut, "{-b|c LIST | -f LIST [-d SEP] [-s]} [FILE]..."),
    applet("date", date::date, "[-uR] [-I[SPEC]] [-d TIME] [-r FILE] [+FMT]"),
    applet("df", space::df, "[-PkmhTai] [-B SIZE] [-t TYPE] [FILESYSTEM]..."),
    applet("dirname", basic::dirname, "FILENAME"),
    applet("du", space::du, "[-aHLdclsxhmk] [FILE]..."),
    applet("echo", basic::echo, "[-neE] [ARG]..."),
    applet(
        "egrep",
        grep::grep,
        "[-HhnlLoqvsrRiwx] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...",
    ),
    applet("env", basic::env, "[-i0] [-u NAME]... [-] [NAME=VALUE]... [PROG ARGS]"),
    applet("expr", expr::expr, "EXPRESSION"),
    applet("false", basic::false_, ""),
    applet(
        "fgrep",
        grep::grep,
        "[-HhnlLoqvsrRiwx] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...",
    ),
    applet("find", find::find, "[-HL] [PATH]... [OPTIONS] [ACTIONS]"),
    applet(
        "grep",
        grep::grep,
        "[-HhnlLoqvsrRiwxFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...",
    ),
    applet("groups", basic::groups_, ""),
    applet("head", text::head, "[-n N] [-c N] [-qv] [FILE]..."),
    applet("hostname", basic::hostname, "[-sidf]"),
    applet("id", basic::id, "[-ugGnr] [USER]"),
    applet("kill", process::kill, "[-l] [-SIG] PID..."),
    applet("killall", process::killall, "[-lq] [-SIG] PROCESS_NAME..."),
    applet("ln", links::ln, "[-sfnbvT] [-S SUF] TARGET... LINK|DIR"),
    applet("ls", ls::ls, "[-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]..."),
    applet("md5sum", digest::md5, "[-c[sw]] [FILE]..."),
    applet("mkdir", remove::mkdir, "[-m MODE] [-pv] DIRECTORY..."),
    applet("mkfifo", remove::mkfifo, "[-m MODE] NAME..."),
    applet("mktemp", remove::mktemp, "[-dtqu] [-p DIR] [TEMPLATE]"),
    applet("mv", copy::mv, "[-finTv] SOURCE DEST\nor: mv [-finv] SOURCE... { -t DIRECTORY | DIRECTORY }"),
    applet("nc", nc::nc, "[-zv] [-iN] [-wN] [-l] [-p PORT] [HOST] [PORT] [-e PROG ARGS]"),
    applet("nproc", basic::nproc, ""),
    applet("pgrep", ps::pgrep, "[-flanovx] [-P PPID] PATTERN"),
    applet("pidof", ps::pidof, "[-s] [-o PID] [NAME]..."),
    applet("pkill", ps::pgrep, "[-SIGNAL] [-fnovx] [-P PPID] PATTERN"),
    applet("printenv", basic::printenv, "[VARIABLE]..."),
    applet("printf", printf::printf, "FORMAT [ARG]..."),
    applet("ps", ps::ps, "[-o COL1,COL2=HEADER]"),
    applet("pwd", basic::pwd, ""),
    applet("readlink", links::readlink, "[-fenv] FILE"),
    applet("realpath", links::realpath, "FILE..."),
    applet("rm", remove::rm, "[-irf] FILE..."),
    applet("rmdir", remove::rmdir, "[-p] DIRECTORY..."),
    applet("seq", basic::seq, "[-w] [-s SEP] [FIRST [INC]] LAST"),
    applet("sha1sum", digest::sha1, "[-c[sw]] [FILE]..."),
    applet("sha256sum", digest::sha256, "[-c[sw]] [FILE]..."),
    applet("sha512sum", digest::sha512, "[-c[sw]] [FILE]..."),
    applet("sleep", basic::sleep, "[N]..."),
    applet(
        "sort",
        sort::sort,
        "[-nrugMcszbdfihVk] [-o FILE] [-k START[.OFS][OPTS][,END[.OFS][OPTS]] [-t CHAR] [FILE]...",
    ),
    applet("stat", space::stat, "[-ltf] [-c FMT] FILE..."),
    applet("tail", text::tail, "[-fFqv] [-c [+]N[bkm] | -n [+]N] [-s SECONDS] [FILE]..."),
    applet("tee", text::tee, "[-ai] [FILE]..."),
    applet("test", test::test, "EXPRESSION"),
    applet("timeout", process::timeout, "[-s SIG] [-k KILL_SECS] SECS PROG ARGS"),
    applet("touch", remove::touch, "[-cham] [-d DATE] [-t DATE] [-r FILE] FILE..."),
    applet("tr", cut::tr, "[-cds] STRING1 [STRING2]"),
    applet("true", basic::true_, ""),
    applet("truncate", remove::truncate, "[-c] -s SIZE FILE..."),
    applet("tty", basic::tty, ""),
    applet("uname", basic::uname, "[-amnrspvio]"),
    applet("uniq", sort::uniq, "[-cduiz] [-f,s,w N] [FILE [OUTFILE]]"),
    applet("unlink", remove::unlink, "FILE"),
    applet("wc", text::wc, "[-cmlwL] [FILE]..."),
    applet(
        "wget",
        wget::wget,
        "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-P DIR] [-U AGENT] [-T SEC] URL...",
    ),
    applet("which", process::which, "[-a] COMMAND..."),
    applet("whoami", basic::whoami, ""),
    applet(
        "xargs",
        xargs::xargs,
        "[-0rt] [-n N] [-s N] [-P N] [-L N] [-I STR] [-E STR] [-a FILE] [PROG ARGS]",
    ),
    applet("yes", basic::yes, "[STRING]"),
];

/// A small text file of the system; empty if it can't be read.
fn read_text(path: &str) -> String {
    let content = os::open(path, OpenFlags::READ, 0).and_then(|file| file.read_to_end()).unwrap_or_default();
    String::from_utf8_lossy(&content).into_owned()
}
