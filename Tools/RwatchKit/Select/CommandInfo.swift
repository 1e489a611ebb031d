/// What is known of a command.
package struct CommandInfo: Sendable, Equatable {
    package var specs: [KeySpec]
    /// Whether the command belongs to one of the categories that were asked for.
    package var isInCategory: Bool

    package init(specs: [KeySpec] = [], isInCategory: Bool = false) {
        self.specs = specs
        self.isInCategory = isInCategory
    }
}
