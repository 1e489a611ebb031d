package import Testing

// What a suite is. Each suite has exactly one of the first five tags, so that `Tools/test` knows where to run it
// (`Tools/lib/select` reads the tags from the test program and fails when a suite has none). The other tags restrict
// when it runs; a suite or a single test can have several of them.
extension Tag {
    /// Needs no server: pure code, or threads and sockets of its own.
    @Tag package static var unit: Self

    /// Talks to servers that stand alone, real or scripted.
    @Tag package static var server: Self

    /// Starts clusters or groups of Sentinels.
    @Tag package static var cluster: Self

    /// Starts `rwatch` as a process.
    @Tag package static var rwatch: Self

    /// Runs at each server release that `Tools/servers` could fetch.
    @Tag package static var release: Self

    /// Takes too long for `Tools/test --quick`.
    @Tag package static var slow: Self

    /// Runs in one build. The sanitizers show nothing new of it that their time is worth; `--soak` runs it there too.
    @Tag package static var once: Self

    /// Depends on how fast code runs, on memory or on other processes. It does not run under the sanitizers.
    @Tag package static var timing: Self

    /// Runs with `Tools/test --soak` alone.
    @Tag package static var soak: Self
}
