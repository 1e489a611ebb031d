import Glibc

/// What the process has cost so far, in seconds.
struct Cost {
    var cpu: Double
    var wall: Double

    static func now() -> Cost {
        var use = rusage()
        getrusage(0, &use)  // RUSAGE_SELF
        return Cost(
            cpu: Double(use.ru_utime.tv_sec + use.ru_stime.tv_sec)
                + Double(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6,
            wall: Double(nanoseconds()) / 1e9
        )
    }

    /// The clock that all processes of the machine share.
    static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
