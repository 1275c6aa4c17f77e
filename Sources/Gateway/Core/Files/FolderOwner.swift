// A command that root runs beside a gateway of another user must not lock that gateway out of its own files.

#if canImport(Glibc)
  import Glibc
#endif

enum FolderOwner {
  /// Gives a file that root has just made to the owner of its folder; does nothing for anybody else.
  static func take(_ descriptor: Int32, at path: String) {
    var (file, folder) = (stat(), stat())
    let name = FilePath.folder(of: path) ?? "."
    guard geteuid() == 0, fstat(descriptor, &file) == 0, file.st_uid == 0, stat(name, &folder) == 0,
      folder.st_uid != 0
    else { return }
    _ = fchown(descriptor, folder.st_uid, folder.st_gid)
  }
}
