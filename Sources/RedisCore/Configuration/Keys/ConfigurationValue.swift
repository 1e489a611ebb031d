/// How the values of a key are written.
struct ConfigurationValue<Value: Sendable>: Sendable {
    /// What may be written, for the documentation.
    let name: String
    /// What a source of typed values has for it.
    let shape: ConfigurationKey.Shape
    let parse: @Sendable (String) throws(ConfigurationComplaint) -> Value
    let text: @Sendable (Value) -> String
}

extension ConfigurationValue where Value == String? {
    /// Any text but the empty one.
    static var text: Self {
        Self(name: "text", shape: .text) { text throws(ConfigurationComplaint) in
            guard !text.isEmpty else { throw .predicate("is empty") }
            return text
        } text: {
            $0 ?? "none"
        }
    }

    /// Any text. An empty password has a meaning.
    static var password: Self {
        Self(name: "text", shape: .text) { text throws(ConfigurationComplaint) in
            text
        } text: {
            $0 ?? "none"
        }
    }
}

extension ConfigurationValue where Value == String {
    /// Any text but the empty one.
    static var text: Self {
        let optional = ConfigurationValue<String?>.text
        return Self(name: optional.name, shape: .text) { text throws(ConfigurationComplaint) in
            try optional.parse(text) ?? text
        } text: {
            $0.isEmpty ? "none" : $0
        }
    }
}

extension ConfigurationValue where Value == Int {
    /// A number in decimal digits. The limits of each are those of `RedisConfiguration.validate`.
    static var number: Self {
        Self(name: "number", shape: .number) { text throws(ConfigurationComplaint) in
            guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let value = Int(text) else {
                throw .predicate("is not a number from 0 up")
            }
            return value
        } text: {
            "\($0)"
        }
    }
}

extension ConfigurationValue where Value == UInt16? {
    static var port: Self {
        Self(name: "1 to 65535", shape: .number) { text throws(ConfigurationComplaint) in
            guard !text.utf8.starts(with: "tcp://".utf8) else {
                throw .predicate(
                    "is not a number: Kubernetes sets such a variable for a service of that name; take another prefix, "
                        + "or switch the service's variables off (enableServiceLinks)"
                )
            }
            guard let value = EndpointText.port(text) else { throw .predicate("is not a number from 1 to 65535") }
            return value
        } text: {
            $0.map { "\($0)" } ?? "none"
        }
    }
}

extension ConfigurationValue where Value == [RedisEndpoint] {
    /// Hosts with or without a port, separated by commas.
    static func hosts(port: UInt16) -> Self {
        Self(name: "hosts", shape: .list) { text throws(ConfigurationComplaint) in
            try EndpointText.endpoints(text[...], port: port, isEncoded: false)
        } text: {
            $0.isEmpty ? "none" : $0.map(\.description).joined(separator: ",")
        }
    }
}

extension ConfigurationValue where Value == Bool {
    static var flag: Self { oneOf([("true", true), ("false", false)], shape: .flag) }
}

extension ConfigurationValue where Value == Bool? {
    /// A flag for which it matters whether it was written.
    static var flag: Self {
        let flag = ConfigurationValue<Bool>.flag
        return Self(name: flag.name, shape: .flag) { text throws(ConfigurationComplaint) in
            try flag.parse(text)
        } text: {
            flag.text($0 ?? false)
        }
    }
}

extension ConfigurationValue where Value == Duration {
    static var timespan: Self {
        Self(name: "time span", shape: .text) { text throws(ConfigurationComplaint) in
            try Timespan.parse(text).duration
        } text: {
            Timespan(exactly: $0)?.description ?? "\($0)"
        }
    }
}

extension ConfigurationValue where Value == Duration? {
    /// A time span, or `never`, which is `nil`.
    static var timespanOrNever: Self {
        let timespan = ConfigurationValue<Duration>.timespan
        return Self(name: "time span or `never`", shape: .text) { text throws(ConfigurationComplaint) in
            text == "never" ? nil : try timespan.parse(text)
        } text: {
            $0.map(timespan.text) ?? "never"
        }
    }
}

extension ConfigurationValue where Value: Hashable {
    /// One of several words.
    static func oneOf(_ words: [(String, Value)], shape: ConfigurationKey.Shape = .text) -> Self {
        let names = words.map(\.0)
        return Self(name: names.map { "`\($0)`" }.joined(separator: ", "), shape: shape) {
            text throws(ConfigurationComplaint) in
            guard let value = words.first(where: { $0.0 == text })?.1 else {
                let list = names.dropLast().joined(separator: ", ")
                let pair = names.count == 2
                throw .predicate(
                    "is \(pair ? "neither" : "none of") \(list) \(pair ? "nor" : "and") \(names.last ?? "")"
                )
            }
            return value
        } text: { value in
            words.first { $0.1 == value }?.0 ?? "none"
        }
    }
}

extension ConfigurationValue where Value: CaseIterable & Hashable & RawRepresentable<String> {
    /// One of the cases, by name.
    static var oneCase: Self { oneOf(Value.allCases.map { ($0.rawValue, $0) }) }
}
