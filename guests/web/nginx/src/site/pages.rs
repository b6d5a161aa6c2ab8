//! The pages that are built in, of nginx's shape.

use wasipod_guest_http::message::{Response, reason};

/// The page of a status.
pub(super) fn page(status: u16, server: &str) -> Response {
    html(status, &format!("{status} {}", title(status)), "", server)
}

/// 400 for a head that is too large has a page that says so.
pub(super) fn oversized_head(server: &str) -> Response {
    html(
        400,
        "400 Request Header Or Cookie Too Large",
        "<center>Request Header Or Cookie Too Large</center>\r\n",
        server,
    )
}

fn html(status: u16, title: &str, note: &str, server: &str) -> Response {
    let heading = if note.is_empty() { title } else { "400 Bad Request" };
    let text = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n{note}\
         <hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
    );
    Response::text(status, "text/html", text)
}

/// Pages say `Found` where status lines say `Moved Temporarily`.
fn title(status: u16) -> &'static str {
    if status == 302 { "Found" } else { reason(status) }
}
