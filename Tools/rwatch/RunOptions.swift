import ArgumentParser
import RwatchKit

/// How a watch runs, whatever it watches.
struct RunOptions: ParsableArguments {
    @OptionGroup(title: .endTitle) var ends: EndOptions
    @OptionGroup(title: .keepTitle) var keep: KeepOptions
    @OptionGroup(title: .keepTitle) var commands: JobOptions
    @OptionGroup(title: .reportTitle) var reports: ReportOptions

    /// The settings of the run.
    ///
    /// - Parameters:
    ///   - arguments: The values that the argument parser never sees.
    ///   - mayBlock: Whether the server bounds what it keeps for a slow reader.
    /// - Returns: The settings.
    /// - Throws: What does not go together.
    func settings(_ arguments: ArrangedArguments, mayBlock: Bool = true) throws -> RunSettings {
        var settings = RunSettings(limits: ends.watchLimits)
        try keep.apply(to: &settings, arguments, mayBlock: mayBlock)
        settings.jobs = try commands.settings(isKept: KeepOptions.isKept(arguments))
        reports.apply(to: &settings, arguments)
        return settings
    }

    /// Whether the output goes to files or to commands.
    func isKept(_ arguments: ArrangedArguments) -> Bool { KeepOptions.isKept(arguments) || jobs != nil }

    /// What a command gets, if events go to commands.
    var jobs: JobSettings.Unit? { commands.unit }

    static let rules = EndOptions.rules + KeepOptions.rules + JobOptions.rules + ReportOptions.rules
}
