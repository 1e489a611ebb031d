import RedisPOSIX

/// Whether the output is coloured.
package enum ColorChoice: String, Sendable, CaseIterable {
    case auto
    case always
    case never

    /// The decision, by the rules that most tools follow: the option, then NO_COLOR (https://no-color.org), then
    /// CLICOLOR_FORCE, then CLICOLOR (https://bixense.com/clicolors), then what kind of terminal there is.
    func isColored(_ output: OutputSetting) -> Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto:
            if output.variable("NO_COLOR") != nil { return false }
            if let force = output.variable("CLICOLOR_FORCE") { return force != "0" }
            if output.variable("CLICOLOR") == "0" { return false }
            guard output.isTerminal, let terminal = output.variable("TERM") else { return false }
            return terminal != "dumb"
        }
    }
}

/// What is known of the output before anything is written.
package struct OutputSetting: Sendable {
    package let isTerminal: Bool
    private let variables: [String: String]

    /// - Parameters:
    ///   - isTerminal: Whether the output is a terminal.
    ///   - variables: The environment.
    package init(isTerminal: Bool, variables: [String: String] = [:]) {
        self.isTerminal = isTerminal
        self.variables = variables
    }

    /// Standard output, and the environment of the process.
    package static var standard: OutputSetting { OutputSetting(descriptor: 1) }

    /// Standard error, and the environment of the process.
    package static var errors: OutputSetting { OutputSetting(descriptor: 2) }

    private init(descriptor: Int32) {
        let names = ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM"]
        let values = names.compactMap { name in
            ThisProcess.environment(name).map { (name, String(decoding: $0, as: UTF8.self)) }
        }
        self.init(
            isTerminal: Terminal.isTerminal(descriptor),
            variables: Dictionary(uniqueKeysWithValues: values)
        )
    }

    /// Files, whose readers cannot be known.
    package static var file: OutputSetting { OutputSetting(isTerminal: false) }

    /// A variable of the environment; an empty one counts as none.
    func variable(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
}
