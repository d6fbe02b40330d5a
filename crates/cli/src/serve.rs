//! `fitroom serve`: the page in the browser.

use fitroom_session::data::Places;
use fitroom_web::{ServeOptions, Served, Token, start};

use crate::message::warn;
use crate::output::print;
use crate::serve_arguments::{PageArguments, ServeArguments};
use crate::{Failure, interrupt};

/// `fitroom serve`
pub fn serve(arguments: &ServeArguments) -> Result<(), Failure> {
    let places = Places { data_dir: arguments.data_dir.clone() };
    let margin = arguments.margin.fraction();
    let open = |path| Served::open(path, margin, &places);
    let served = arguments.paths.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>();
    show(served.map_err(Failure::Serve)?, &arguments.page)?;
    interrupt::wait_for_ctrl_c();
    Ok(())
}

/// Begins to serve, prints the link, and opens it if asked.
pub fn show(served: Vec<Served>, arguments: &PageArguments) -> Result<(), Failure> {
    let mut options = ServeOptions::default();
    options.address = arguments.address.unwrap_or(options.address);
    options.token =
        arguments.token.as_deref().map(Token::new).transpose().map_err(Failure::Serve)?;
    let running = start(served, &options).map_err(Failure::Serve)?;
    print(&format!("{}\n", running.link))?;
    if arguments.open
        && let Err(error) = open::that_detached(&running.link)
    {
        warn(&format!("no browser could be opened: {error}"));
    }
    Ok(())
}
