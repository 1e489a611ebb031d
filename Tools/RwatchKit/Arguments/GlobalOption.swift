/// An option which may stand before the subcommand as well as behind it.
package struct GlobalOption: Sendable, Equatable {
    /// Every spelling, dashes included: `["-p", "--port"]`.
    package let names: [String]
    /// Whether a value belongs to it (the next word, or joined to it). An option whose value is optional and only ever
    /// joined (`--wait=30s`) counts as taking none.
    package let takesValue: Bool

    /// Describes an option.
    package init(_ names: String..., takesValue: Bool) {
        self.names = names
        self.takesValue = takesValue
    }
}
