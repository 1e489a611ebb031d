/// One step of the tour: what it says, and what it does.
package struct TourStep: Sendable {
    /// A few words.
    package let title: String
    /// What happens and why, in two or three sentences.
    package let text: String
    /// What is done, in this order.
    package let acts: [TourAct]
}

/// What a step of the tour does.
package enum TourAct: Sendable, Equatable {
    /// Shows a command line of rwatch and starts it; its output is shown as it comes.
    case start(String)
    /// Shows a command line of rwatch and starts it, but does not read its output yet.
    case startUnread(String)
    /// Waits until the server has so many names for the command, or has it as a monitor.
    case waitUntilWatched(names: Int)
    /// Waits until the command has given a value to a setting of the server that was empty.
    case waitUntilSet(String)
    /// Shows a command for the server, and sends it as another client.
    case send([String])
    /// Shows commands for the server, and sends them at once, so that nothing happens between them.
    case sendTogether([[String]])
    /// Reads what was not read, until the command tells that its output is read again.
    case read
    /// Waits until the command has ended, and shows an excerpt of what was read of it, if anything was.
    case waitForEnd
}

extension TourAct {
    /// A command for the server, as somebody types it for redis-cli.
    package static func typed(_ words: [String]) -> String {
        words.map { $0.isEmpty || $0.contains(" ") ? "\"\($0)\"" : $0 }.joined(separator: " ")
    }
}
