extension Monitor.Event: CustomStringConvertible {
    /// The event in words. Of a command its name shows, and never its arguments.
    public var description: String {
        switch self {
        case .command(let command): command.description
        case .line(let line): "a line of \(line.bytes.count) bytes"
        case .gap(let gap): gap.description
        case .drop(let drop): drop.description
        case .link(let event): event.description
        case .unguarded(let error): "the server's memory is not watched: \(error)"
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension Monitor.Command: CustomStringConvertible {
    /// Who sent which command, and how many arguments it had: `SET from 127.0.0.1:42966 in database 0 (2 arguments)`.
    public var description: String {
        let name = name.shown(upTo: ShownText.nameLimit)
        let place = database.map { " in database \($0)" } ?? ""
        let count = arguments.count - 1
        return "\(name) from \(source)\(place) (\(count) \(count == 1 ? "argument" : "arguments"))"
    }
}
