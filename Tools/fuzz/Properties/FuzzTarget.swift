/// What is fuzzed: each has a driver, a folder of inputs under `Tools/fuzz/corpus`, and a property.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case resp, monitor, url, topology, replies

    /// Checks what must hold for any input: `nil`, or what does not hold.
    package func complaint(about input: [UInt8]) -> String? {
        do throws(Broken) {
            switch self {
            case .resp: try RESPProperty.check(input)
            case .monitor: try MonitorProperty.check(input)
            case .url: try URLProperty.check(input)
            case .topology: try TopologyProperty.check(input)
            case .replies: try RepliesProperty.check(input)
            }
            return nil
        } catch { return error.property }
    }
}

/// A property that does not hold.
struct Broken: Error {
    var property: String

    /// Throws unless the property holds.
    static func unless(_ holds: Bool, _ property: @autoclosure () -> String) throws(Broken) {
        if !holds { throw Broken(property: property()) }
    }
}
