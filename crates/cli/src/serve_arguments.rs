//! The arguments of the page in the browser.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use clap::Args;

use crate::margin_argument::MarginArgument;

pub const SERVE_HELP: &str = "\
Examples:
  fitroom serve fitroom-out/report-fashion-mnist --open
  fitroom serve fitroom-out/* --address 8000
  fitroom serve runs.csv logs/ fitroom-out/report-fashion-mnist

Shows studies, finished or in training, what `fitroom judge` wrote, and runs that any tool logged. Only
browsers of this machine reach the page, unless --address says otherwise. Ctrl-C ends it.";

#[derive(Args, Debug)]
pub struct ServeArguments {
    /// Directories of studies (the --out of `fitroom run`) or judgements, or runs that a tool logged
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub page: PageArguments,
    #[command(flatten)]
    pub margin: MarginArgument,
    /// Look for a study's images here first [default: $FITROOM_DATA, then the user's cache]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// Where the page is, and who may see it.
#[derive(Args, Debug)]
pub struct PageArguments {
    /// With the page: listen on this address, a port or ADDRESS:PORT [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub address: Option<SocketAddr>,
    /// With the page: the word that a browser must know [default: a random one if other machines reach
    /// the page, and none otherwise]
    #[arg(long, value_name = "WORD")]
    pub token: Option<String>,
    /// Open the page in the default browser
    #[arg(long)]
    pub open: bool,
}

fn address(word: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = word.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let mut addresses = word.to_socket_addrs().into_iter().flatten();
    addresses.next().ok_or_else(|| {
        "neither a port, such as 8000, nor an address, such as 0.0.0.0:8000".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_port_or_a_whole_address() {
        assert_eq!(address("8000").unwrap().to_string(), "127.0.0.1:8000");
        assert_eq!(address("0.0.0.0:80").unwrap().to_string(), "0.0.0.0:80");
        assert_eq!(address("[::1]:80").unwrap().to_string(), "[::1]:80");
        assert!(address("localhost:80").unwrap().ip().is_loopback());
        for wrong in ["", "70000", "1.2.3.4", "x y:80"] {
            assert!(address(wrong).unwrap_err().contains("neither a port"), "{wrong}");
        }
    }
}
