//! Accepts connections within bounds: in number, in the size of what is asked, and in time.

use std::time::Duration;

use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Most connections at once. Further ones wait until one is closed.
const MOST_CONNECTIONS: usize = 1024;
/// A request's line and headers must have arrived after this time. It bounds idle connections too.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Most bytes of a request's line and headers.
const MOST_HEADER_BYTES: usize = 64 << 10;
/// Most headers of a request.
const MOST_HEADERS: usize = 64;
/// After an error of the system, such as too many open files, this long nothing is accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers requests on all connections, until the process ends.
pub async fn serve(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Small answers, such as events, leave at once.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .max_buf_size(MOST_HEADER_BYTES)
                .max_headers(MOST_HEADERS)
                .serve_connection(TokioIo::new(stream), service);
            // A connection that breaks is the client's affair.
            let _ = connection.await;
            drop(place);
        });
    }
}
