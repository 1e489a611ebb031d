/// The clock of `ContinuousClock`, which nobody sets and which goes on while the system sleeps, as one number. To read
/// it and to compare two times takes a fraction of what `ContinuousClock` needs.
package enum SteadyClock {
    /// Nanoseconds since the system was started.
    package static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
