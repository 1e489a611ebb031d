/// A moment as calendars and clocks show it, in the time zone of the process (`TZ`, `/etc/localtime`) or in UTC.
package struct CalendarTime: Sendable, Equatable {
    package let year: Int
    /// From 1 on.
    package let month: Int
    package let day: Int
    package let hour: Int
    package let minute: Int
    /// By how many seconds the zone's clocks are ahead of UTC.
    package let offset: Int

    /// Reads the calendar; `nil` when the year is beyond what the C library can hold. It takes a lock of the C library,
    /// so it is not for each event.
    ///
    /// - Parameters:
    ///   - seconds: Since 1970-01-01 00:00:00 UTC.
    ///   - isUTC: Whether the zone is UTC.
    package init?(at seconds: Int64, isUTC: Bool) {
        guard let fields = unsafe Self.fields(at: seconds, isUTC: isUTC) else { return nil }
        year = unsafe Int(fields.tm_year) + 1900
        month = unsafe Int(fields.tm_mon) + 1
        day = unsafe Int(fields.tm_mday)
        hour = unsafe Int(fields.tm_hour)
        minute = unsafe Int(fields.tm_min)
        offset = unsafe fields.tm_gmtoff
    }

    /// Calls `strftime` in the C locale.
    ///
    /// - Parameters:
    ///   - conversion: A letter that `strftime` takes behind `%`.
    ///   - seconds: Since 1970-01-01 00:00:00 UTC.
    ///   - isUTC: Whether the zone is UTC.
    /// - Returns: The text; empty when the year is beyond what the C library can hold.
    package static func text(_ conversion: UInt8, at seconds: Int64, isUTC: Bool) -> [UInt8] {
        guard var fields = unsafe fields(at: seconds, isUTC: isUTC) else { return [] }
        let format = [CChar(UInt8(ascii: "%")), CChar(bitPattern: conversion), 0]
        var text = [CChar](repeating: 0, count: 128)
        let count = unsafe strftime(&text, text.count, format, &fields)
        return text.prefix(count).map { UInt8(bitPattern: $0) }
    }

    private static func fields(at seconds: Int64, isUTC: Bool) -> tm? {
        var time = time_t(seconds)
        var fields = unsafe tm()
        let found = unsafe isUTC ? gmtime_r(&time, &fields) : localtime_r(&time, &fields)
        return unsafe found == nil ? nil : fields
    }
}
