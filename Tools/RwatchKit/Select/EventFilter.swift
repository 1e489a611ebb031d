/// The conditions of a selection, ready to be asked.
package struct EventFilter: Sendable {
    let table: CommandCatalog
    /// What holds for the events behind a selected one too.
    var scope: Expression?
    /// The conditions on the names and keys of commands and on the keys of events.
    var names: [Expression] = []
    /// Decides about `names` of most commands.
    var plain: PlainLineFilter?
    /// All others. All of them must hold.
    var conditions: [Expression] = []
    var patterns: [RegularExpression] = []
    /// What only the last event fulfils.
    var last: Expression?
    let sample: SampleRate
    let following: Int

    init(table: CommandCatalog, sample: SampleRate, following: Int) {
        self.table = table
        self.sample = sample
        self.following = following
    }

    /// Whether it shows everything.
    var isEmpty: Bool { scope == nil && names.isEmpty && conditions.isEmpty && sample == .all && last == nil }

    /// Whether it decides by names and keys alone, event by event.
    var isOfNamesAlone: Bool { scope == nil && conditions.isEmpty && sample == .all && following == 0 && last == nil }
}
