#!/bin/bash -eu
# Builds the fuzz targets with the sanitizer that ClusterFuzzLite asks for, each with its corpus and its dictionary.
cp Cargo.lock fuzz/Cargo.lock
cargo fuzz build -O --debug-assertions --fuzz-dir fuzz
for target in $(cargo fuzz list --fuzz-dir fuzz); do
  cp "fuzz/target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
  zip --quiet --junk-paths --recurse-paths "$OUT/${target}_seed_corpus.zip" "fuzz/corpus/$target"
  dictionary=$(grep -lE "^# For .*\b$target\b" fuzz/dictionaries/*.dict || true)
  [[ -z $dictionary ]] || cp "$dictionary" "$OUT/$target.dict"
done
