/// The terminal that a descriptor leads to.
package enum Terminal {
    /// Whether the descriptor leads to a terminal.
    package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// How many columns it has now; `nil` when the descriptor leads to no terminal, or the terminal does not tell.
    package static func columns(of descriptor: Int32) -> Int? {
        let columns = Int(redis_events_terminal_columns(descriptor))
        return columns > 0 ? columns : nil
    }
}
