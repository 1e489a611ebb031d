/// What has arrived over a monitor's link.
package struct MonitorArrivals: Sendable, Equatable {
    /// The bytes of all whole lines.
    package private(set) var bytes = 0
    /// The bytes of the longest line since the link stood.
    package private(set) var longest = 0

    package init() {}

    /// Lines have arrived, so many bytes.
    package mutating func add(_ count: Int, longest line: Int) {
        bytes &+= count
        if line > longest { longest = line }
    }
}
