import RwatchKit

/// A server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html).
package enum ServerSentEvent {
    /// An event with a name and data, which may have several lines.
    package static func bytes(_ name: String, _ data: [UInt8]) -> [UInt8] {
        var buffer = OutputBuffer(capacity: data.count + 64)
        buffer.append(literal: "event: ")
        buffer.append(Array(name.utf8))
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 10 || $0 == 13 }) {
            buffer.append(literal: "\ndata: ")
            buffer.append(Array(line))
        }
        buffer.append(literal: "\n\n")
        return buffer.take()
    }
}
