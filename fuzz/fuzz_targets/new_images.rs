#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fitroom_hostile::body("new_images")(bytes));
