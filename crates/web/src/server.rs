//! The server: its routes, and the thread that it runs on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query as AxumQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::watch;

use crate::answer::{answer, redirect};
use crate::assets::asset;
use crate::connections::serve;
use crate::error::{ServeError, WebError};
use crate::guard::{Guard, Token, guard};
use crate::index::index;
use crate::live::{events, tell};
use crate::page::{HTML, Place, error_page, page};
use crate::query::Query;
use crate::served::{Served, tell_apart};
use crate::state::Server;
use crate::view::{Context, View, ViewKind};
use crate::{images, render, report_file, requests};

/// Where the server listens, and whom it answers.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The address. Port 0 takes a free one.
    pub address: SocketAddr,
    /// The word that requests must know. An address other than loopback has one in any case.
    pub token: Option<Token>,
    /// A request must have arrived and be answered within this time.
    pub request_time: Duration,
}

impl Default for ServeOptions {
    /// A free port of this machine, which only its own browsers reach.
    fn default() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        ServeOptions { address, token: None, request_time: Duration::from_secs(60) }
    }
}

/// A server that runs on a thread of its own, until the process ends.
#[derive(Debug)]
pub struct Running {
    /// The address of the page, with the token if there is one.
    pub link: String,
}

/// Threads that make pages. More would only take time from training.
const PAGE_THREADS: usize = 2;

/// Begins to serve these directories.
///
/// # Errors
/// The address can't be listened on, or the system refuses a thread.
pub fn start(mut all: Vec<Served>, options: &ServeOptions) -> Result<Running, ServeError> {
    let address = options.address;
    let listen = |source| ServeError::Listen { address, source };
    let listener = std::net::TcpListener::bind(address).map_err(listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let token = match &options.token {
        None if !address.ip().is_loopback() => Some(Token::random()?),
        token => token.clone(),
    };
    let query = token.as_ref().map_or_else(String::new, |token| format!("?token={}", token.word()));
    let link = format!("http://{}/{query}", reachable(address));
    tell_apart(&mut all);
    let server = Arc::new(Server { all, ticks: watch::Sender::default() });
    let router = router(Arc::clone(&server), Guard::new(address, token, options.request_time));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(PAGE_THREADS)
        .thread_name("fitroom-page")
        .thread_keep_alive(Duration::from_secs(60))
        .build()?;
    std::thread::Builder::new().name("fitroom-web".to_owned()).spawn(move || {
        runtime.block_on(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            let ticks = server.ticks.clone();
            tokio::spawn(tell(server, ticks));
            serve(listener, router).await;
        });
    })?;
    Ok(Running { link })
}

/// An address that a browser can open. A server that listens on all addresses is reached by the one that
/// this machine has towards others.
fn reachable(address: SocketAddr) -> SocketAddr {
    if !address.ip().is_unspecified() {
        return address;
    }
    // Connecting a UDP socket sends nothing: it only chooses the own address.
    let own = || {
        let socket = std::net::UdpSocket::bind((address.ip(), 0))?;
        let elsewhere: std::net::IpAddr = match address.ip() {
            std::net::IpAddr::V4(_) => std::net::Ipv4Addr::new(192, 0, 2, 1).into(),
            std::net::IpAddr::V6(_) => "2001:db8::1".parse().expect("an address"),
        };
        socket.connect((elsewhere, 9))?;
        socket.local_addr()
    };
    let loopback = match address.ip() {
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    let ip = own().map_or(loopback, |found: SocketAddr| found.ip());
    SocketAddr::new(ip, address.port())
}

/// Most bytes of a request's body: a picture.
const MOST_BODY: usize = 16 << 20;

fn router(server: Arc<Server>, rules: Guard) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/assets/{name}", get(asset))
        .route("/{study}", get(first_view))
        .route("/{study}/", get(first_view))
        .route("/{study}/events", get(events))
        .route("/{study}/report", get(report_file::report))
        .route("/{study}/images/{subset}/{index}", get(images::image))
        .route("/{study}/actions", post(requests::act))
        .route("/{study}/predict", post(requests::predict))
        .route("/{study}/{view}", get(view))
        .fallback(async || error_page(&WebError::NotFound("there is no such page".to_owned())))
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(from_fn_with_state(rules, guard))
        .with_state(server)
}

async fn first_view(State(server): State<Arc<Server>>, Path(slug): Path<String>) -> Response {
    match server.find(&slug) {
        Ok(served) => redirect(&format!("/{}/{}", served.slug, ViewKind::Overview.word())),
        Err(error) => error_page(&error),
    }
}

async fn view(
    State(server): State<Arc<Server>>,
    Path((slug, word)): Path<(String, String)>,
    AxumQuery(pairs): AxumQuery<Vec<(String, String)>>,
) -> Response {
    answer(move || {
        let served = server.find(&slug)?;
        let kind = ViewKind::of_word(&word);
        let kind = kind.ok_or_else(|| WebError::NotFound("there is no such view".to_owned()))?;
        view_answer(&server, served, kind, Query(pairs))
    })
    .await
}

fn view_answer(
    server: &Server,
    served: &Served,
    kind: ViewKind,
    mut query: Query,
) -> Result<Response, WebError> {
    // How the answer is taken away is no part of the view.
    let taken = Query(query.0.extract_if(.., |(key, _)| TAKING.contains(&key.as_str())).collect());
    let loaded = served.load()?;
    let summary = loaded.summary();
    let context = Context { served, loaded: &loaded, summary: &summary, query: &query };
    if !kind.has_content(served, &summary) {
        return Err(WebError::NotFound(format!(
            "there is nothing to see in “{}” here",
            kind.name()
        )));
    }
    let made = kind.make(&context)?;
    if let Some(format) = taken.one("as")? {
        return file(&made, format, &taken);
    }
    let content = render::content(&context, &made);
    let views: Vec<ViewKind> =
        ViewKind::ALL.into_iter().filter(|view| view.has_content(served, &summary)).collect();
    let place = Place {
        all: &server.all,
        served: Some(served),
        views: &views,
        open: Some(kind),
        version: loaded.version,
    };
    Ok(([(CONTENT_TYPE, HTML)], page(&place, &made.title, &content)).into_response())
}

/// The keys of an address by which a figure or a table is taken away.
const TAKING: [&str; 3] = ["as", "figure", "table"];

/// A figure or a table of a view as a file.
fn file(view: &View, format: &str, taken: &Query) -> Result<Response, WebError> {
    let missing = |key: &str| WebError::Wrong(format!("the address lacks `{key}`"));
    let figure = || render::figure(view, taken.one("figure")?.ok_or_else(|| missing("figure"))?);
    let (kind, name, bytes) = match format {
        "csv" => {
            let index = taken.parsed("table")?.ok_or_else(|| missing("table"))?;
            let bytes = render::table(view, index)?.to_csv().map_err(|_| WebError::Fault)?;
            ("text/csv; charset=utf-8", format!("table-{}", index + 1), bytes)
        }
        "svg" => ("image/svg+xml", figure()?.slug.clone(), figure()?.svg_file().into_bytes()),
        "png" => {
            let bytes = figure()?.png_file().map_err(|_| WebError::Fault)?;
            ("image/png", figure()?.slug.clone(), bytes)
        }
        _ => return Err(WebError::Wrong("`as` is svg, png or csv".to_owned())),
    };
    // A header holds ASCII only.
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = name.chars().map(plain).collect();
    let disposition = format!("attachment; filename=\"{name}.{format}\"");
    // An SVG that is opened by itself runs nothing either.
    let policy = (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    );
    let headers =
        [(CONTENT_TYPE.as_str(), kind), (CONTENT_DISPOSITION.as_str(), &disposition), policy];
    Ok((headers, Bytes::from(bytes)).into_response())
}
