/// A moment as a calendar and a clock on the wall show it, in the local time zone or in UTC.
package struct CalendarTime: Sendable, Hashable {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int
    package let hour: Int
    package let minute: Int
    /// 0 to 60: a leap second is shown where the system knows it.
    package let second: Int
    /// 1 to 366.
    package let dayOfYear: Int
    /// How many seconds the time zone is ahead of UTC.
    package let offset: Int
    package let secondsSinceEpoch: Int64

    /// The calendar's view of a moment.
    ///
    /// - Parameters:
    ///   - secondsSinceEpoch: Seconds since 1970-01-01 00:00:00 UTC. A year that the system cannot show becomes 1970.
    ///   - isUTC: Whether the time zone is UTC; otherwise it is the local one (`TZ`, `/etc/localtime`).
    package init(secondsSinceEpoch: Int64, isUTC: Bool) {
        var seconds = time_t(secondsSinceEpoch)
        var parts = unsafe tm()
        let isKnown = unsafe (isUTC ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts)) != nil
        if !isKnown {
            seconds = 0
            _ = unsafe gmtime_r(&seconds, &parts)
        }
        year = unsafe Int(parts.tm_year) + 1900
        month = unsafe Int(parts.tm_mon) + 1
        day = unsafe Int(parts.tm_mday)
        hour = unsafe Int(parts.tm_hour)
        minute = unsafe Int(parts.tm_min)
        second = unsafe Int(parts.tm_sec)
        dayOfYear = unsafe Int(parts.tm_yday) + 1
        offset = unsafe Int(parts.tm_gmtoff)
        self.secondsSinceEpoch = secondsSinceEpoch
    }
}
