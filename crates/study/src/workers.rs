//! Threads that do the same work until it is done.

use std::io;
use std::sync::Mutex;
use std::thread::{Builder, scope};

/// Calls `work` on `count` threads at once, and returns when all have ended.
///
/// # Errors
/// The system refuses a thread. Then none of them begins to work.
pub(crate) fn on_threads(count: usize, work: impl Fn() + Sync) -> io::Result<()> {
    // Locked until all threads are there.
    let refused: Mutex<Option<io::Error>> = Mutex::new(None);
    let begin = || {
        let is_refused = refused.lock().expect("nothing panics with it").is_some();
        if !is_refused {
            work();
        }
    };
    scope(|scope| {
        let mut refused = refused.lock().expect("nothing panics with it");
        let spawn = |_| Builder::new().spawn_scoped(scope, begin).err();
        *refused = (0..count).find_map(spawn);
    });
    refused.into_inner().expect("nothing panics with it").map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn all_threads_work_at_once() {
        let all = Barrier::new(5);
        let meet = || {
            all.wait();
        };
        on_threads(5, meet).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_refused_thread_is_an_error_and_nothing_is_done() {
        // This program again, with room for a few stacks only.
        const INSIDE: &str = "FITROOM_TEST_FEW_THREADS";
        if std::env::var_os(INSIDE).is_some() {
            let error = on_threads(100_000, || panic!("it works")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}");
            return;
        }
        let program = std::env::current_exe().unwrap();
        let name = "workers::tests::a_refused_thread_is_an_error_and_nothing_is_done";
        let limited = format!("ulimit -v 1000000; exec '{}' --exact {name}", program.display());
        let mut inside = std::process::Command::new("sh");
        let output = inside.args(["-c", &limited]).env(INSIDE, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }
}
