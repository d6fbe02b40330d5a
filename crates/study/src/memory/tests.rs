use super::*;
use crate::test_data::{dataset, study};

/// The flag of a study that is not stopped.
static GOING_ON: AtomicBool = AtomicBool::new(false);

const fn memory(used: u64, addresses: u64) -> RunMemory {
    RunMemory { used, addresses }
}

#[test]
fn more_memory_than_any_machine_has_is_refused_and_a_megabyte_is_not() {
    drop(reserve(memory(1 << 20, 1 << 20), &GOING_ON).unwrap());
    for used in [1 << 60, u64::MAX] {
        let refused = reserve(memory(used, 0), &GOING_ON).err().unwrap();
        assert!(matches!(refused, RunFailure::Memory { needed, .. } if needed == used));
    }
    let refused = reserve(memory(0, u64::MAX), &GOING_ON).err().unwrap();
    assert!(matches!(refused, RunFailure::Addresses { needed: u64::MAX, .. }), "{refused}");
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_tells_what_is_free_and_what_this_process_takes() {
    let (free, total) = (free().unwrap(), crate::machine_memory::total().unwrap());
    assert!((1 << 20..1 << 50).contains(&free) && free < total, "{free}");
    let taken = of_process();
    assert!(1 << 16 < taken.used && taken.used < taken.addresses, "{taken:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_kept_for_a_run_is_not_given_to_another_until_it_ends() {
    let most = free().unwrap() / 4 * 3;
    let first = reserve(memory(most, 0), &GOING_ON).unwrap();
    let stopped = AtomicBool::new(true);
    assert!(reserve(memory(most, 0), &stopped).unwrap().is_none(), "it would have to wait");
    std::thread::scope(|scope| {
        let second = scope.spawn(|| reserve(memory(most, 0), &GOING_ON).unwrap().is_some());
        // Time to begin to wait. If it has not, the test passes all the same.
        std::thread::sleep(Duration::from_millis(20));
        assert!(!second.is_finished());
        drop(first);
        assert!(second.join().unwrap());
    });
}

#[test]
fn what_a_run_has_taken_already_is_not_subtracted_twice() {
    let reserved = Reserved { runs: 1, memory: memory(500, 900), before: memory(100, 200) };
    let left = |taken| reserved.left_of(1000, memory(taken, 0), |memory| memory.used);
    assert_eq!(left(100), 500, "nothing is taken yet");
    assert_eq!(left(400), 800);
    assert_eq!(left(600), 1000, "all is taken");
    assert_eq!(left(900), 1000);
    assert_eq!(left(50), 500, "the process has given something back");
    assert_eq!(reserved.left_of(1000, memory(0, 700), |memory| memory.addresses), 600);
}

#[test]
fn the_limit_of_addresses_is_read() {
    let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                Max file size             unlimited            unlimited            bytes     \n\
                Max address space         819200000            unlimited            bytes     \n";
    assert_eq!(addresses_left(text, 819_000_000), Some(200_000));
    assert_eq!(addresses_left(text, 900_000_000), Some(0));
    assert_eq!(addresses_left(&text.replace("819200000", "unlimited"), 5), None);
    assert_eq!(addresses_left("", 5), None);
}

#[test]
fn images_and_threads_take_memory_too() {
    let study =
        study("[training]\nvalidation = 8\n[[network]]\nname = \"a\"\nlayers = \"dense 64\"\n");
    let of =
        |train, test, threads| study.networks[0].memory(&dataset(train, test), threads).unwrap();
    let [few, many] = [of(24, 3, 1), of(124, 103, 1)];
    assert_eq!(many.used - few.used, 100 * (OF_TRAINING_IMAGE + OF_TEST_IMAGE));
    assert!(of(24, 3, 2).addresses >= few.addresses + STACK);
}
