/// The tables of `rwatch top`, and the events themselves.
package enum TopTab: Int, Sendable, CaseIterable {
    case commands
    case keys
    case prefixes
    case clients
    case channels
    case nodes
    case stream

    /// The name in JSON and on a wide screen.
    package var name: String {
        switch self {
        case .commands: "commands"
        case .keys: "keys"
        case .prefixes: "prefixes"
        case .clients: "clients"
        case .channels: "channels"
        case .nodes: "nodes"
        case .stream: "stream"
        }
    }

    /// The name on a narrow screen.
    package var shortName: String {
        switch self {
        case .commands: "cmd"
        case .keys: "key"
        case .prefixes: "pfx"
        case .clients: "cli"
        case .channels: "chan"
        case .nodes: "node"
        case .stream: "tail"
        }
    }

    /// The key that chooses it, from 1 on.
    package var number: Int { rawValue + 1 }

    /// Those that are tables.
    package static let tables = allCases.filter { $0 != .stream }
}

/// Where the figures of `rwatch top` come from.
package enum TopSource: String, Sendable, CaseIterable {
    /// What servers count themselves: INFO, CLIENT LIST, PUBSUB, HOTKEYS.
    case stats
    /// Every command, from MONITOR.
    case monitor
    /// Messages.
    case sub
    /// Events of keys.
    case keys
    /// What was recorded.
    case recording
}

/// What a client is called.
package enum ClientNaming: String, Sendable, CaseIterable {
    case address
    case name
    case user

    package var next: ClientNaming {
        switch self {
        case .address: .name
        case .name: .user
        case .user: .address
        }
    }
}
