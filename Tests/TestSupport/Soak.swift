import Foundation

/// Whether faults and loads are as large as they are meant to be (`Tools/test --soak`), and not as an everyday run has
/// time for.
package let isSoak = ProcessInfo.processInfo.environment["REDIS_EVENTS_SOAK"] == "1"
