/// What the driver of the screen has to do. A plain value.
package enum TopAction: Sendable, Equatable {
    case quit
    /// Draw everything again, whatever the terminal shows.
    case redraw
    /// Stop the process, as the shell expects it.
    case stop
    case zero
    case depth(Int)
    /// Take a snapshot so often, in milliseconds.
    case interval(Int)
    case naming(ClientNaming)
    /// Begin MONITOR, or leave it.
    case monitor(Bool)
    /// Count the events that this condition selects; `nil` for all.
    case select(String?)
    /// Write these lines to a new file.
    case write(TopTab, [String])
    /// Copy these bytes to where the terminal keeps what is copied.
    case copy([UInt8])
    /// Look for the last events of the row that is looked at.
    case events
}
