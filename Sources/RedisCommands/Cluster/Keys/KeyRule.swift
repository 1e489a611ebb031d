/// The positions of a command's keys among its arguments; the name has the position 0
/// (https://redis.io/docs/latest/develop/reference/key-specs/).
package enum KeyRule: Sendable, Hashable {
    /// The command has no keys.
    case none
    /// From `first` to `last`, each `step`-th; a negative `last` counts from the end, -1 being the last argument.
    case range(first: Int, last: Int, step: Int)
    /// The keys follow argument `index`, which is their number. Argument 1 is a key as well, if `hasDestination`.
    case counted(at: Int, hasDestination: Bool)
    /// The keys are the first half of the arguments after STREAMS.
    case streams
    /// Argument 1, and the destination of an option from argument `options` on.
    case storing(options: Int)
    /// The rule depends on the first argument. With any other first argument there are no keys.
    indirect case subcommands([String: KeyRule])
    /// The positions differ from call to call, and a server is asked (COMMAND GETKEYS).
    case asked
}

extension KeyRule {
    /// The places of the keys in one command.
    package enum Places: Hashable {
        /// Each `step`-th argument from `first` on, `count` of them, and `also`.
        case known(first: Int, step: Int, count: Int, also: Int? = nil)
        /// A server has to be asked.
        case asked

        /// There are no keys.
        static var none: Places { .known(first: 1, step: 1, count: 0) }
    }

    /// Finds the keys. A malformed command has none: any server replies with the right error.
    package func places(in arguments: [RedisBytes]) -> Places {
        let count = arguments.count
        switch self {
        case .none:
            return .none
        case .asked:
            return .asked
        case .range(let first, let last, let step):
            let end = min(last < 0 ? count + last : last, count - 1)
            guard first > 0, step > 0, end >= first else { return .none }
            return .known(first: first, step: step, count: (end - first) / step + 1)
        case .counted(let index, let hasDestination):
            let destination = hasDestination && count > 1 ? 1 : nil
            guard index < count, let keys = arguments[index].text.flatMap({ Int($0) }), keys > 0,
                keys <= count - index - 1
            else { return .known(first: 1, step: 1, count: 0, also: destination) }
            return .known(first: index + 1, step: 1, count: keys, also: destination)
        case .streams:
            return Self.streamPlaces(arguments)
        case .storing(let options):
            guard count > 1 else { return .none }
            return .known(first: 1, step: 1, count: 1, also: Self.storePlace(arguments, from: options))
        case .subcommands(let rules):
            guard count > 1, let name = arguments[1].commandName, let rule = rules[name] else { return .none }
            return rule.places(in: arguments)
        }
    }

    /// A group or a consumer may be named STREAMS, so the options before it are parsed one by one.
    private static func streamPlaces(_ arguments: [RedisBytes]) -> Places {
        var index = 1
        while index < arguments.count {
            switch arguments[index].commandName {
            case "STREAMS": return .known(first: index + 1, step: 1, count: (arguments.count - index - 1) / 2)
            case "BLOCK", "COUNT", "CLAIM": index += 2
            case "GROUP": index += 3
            case "NOACK": index += 1
            default: return .asked
            }
        }
        return .none
    }

    /// The last option counts.
    private static func storePlace(_ arguments: [RedisBytes], from start: Int) -> Int? {
        var place: Int?
        var index = start
        while index < arguments.count {
            switch arguments[index].commandName {
            case "STORE", "STOREDIST":
                if index + 1 < arguments.count { place = index + 1 }
                index += 2
            case "BY", "GET", "COUNT": index += 2
            case "LIMIT": index += 3
            default: index += 1
            }
        }
        return place
    }
}

extension RedisBytes {
    /// The text in capitals, in which commands and options are compared; `nil` when it cannot be one.
    var commandName: String? {
        guard count <= 64, allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        return String(decoding: lazy.map { $0 >= 0x61 && $0 <= 0x7a ? $0 - 0x20 : $0 }, as: UTF8.self)
    }
}

extension KeyRule {
    /// Reads the reply of COMMAND INFO for one command: name, arity, flags, first key, last key, step, and since 7.0
    /// more; the tenth element contains the subcommands in the same form. `nil` for a command that the server does not
    /// know.
    package init?(info: RESPValue) {
        guard let fields = info.elements, fields.count >= 6, let flags = fields[2].elements else { return nil }
        let subcommands = fields.count > 9 ? fields[9].elements ?? [] : []
        if flags.contains(where: { $0.bytes?.commandName == "MOVABLEKEYS" }) {
            self = .asked
        } else if !subcommands.isEmpty {
            let rules = Self.rules(of: subcommands).filter { $0.value != .none }
            self = rules.isEmpty ? .none : .subcommands(rules)
        } else if let first = fields[3].integer, let last = fields[4].integer, let step = fields[5].integer,
            first > 0, step > 0, last < 0 || last >= first, last < 1 << 30, last > -1 << 30
        {
            self = .range(first: first, last: last, step: step)
        } else {
            self = .none
        }
    }

    /// This is more than any command has.
    private static let mostSubcommands = 256

    /// Each is called `command|subcommand`.
    private static func rules(of subcommands: [RESPValue]) -> [String: KeyRule] {
        var rules: [String: KeyRule] = [:]
        for subcommand in subcommands.prefix(mostSubcommands) {
            guard let name = subcommand.elements?.first?.bytes?.commandName, let rule = KeyRule(info: subcommand) else {
                continue
            }
            rules[name.utf8.split(separator: UInt8(ascii: "|")).last.map { String(Substring($0)) } ?? name] = rule
        }
        return rules
    }
}
