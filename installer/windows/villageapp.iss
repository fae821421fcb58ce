; Inno Setup 6: installs dist\villageapp for the current user, without administrator rights.
; Compile on Windows after installer\package.py:  iscc /DVersion=0.1.0 installer\windows\villageapp.iss

#ifndef Version
  #error Give the version: iscc /DVersion=0.1.0 villageapp.iss
#endif

[Setup]
AppId={{6E2C6E9B-7C0E-4B7A-9E0B-5D0B3E1F4A27}
AppName=驻村通
AppVersion={#Version}
AppVerName=驻村通 {#Version}
DefaultDirName={localappdata}\Programs\villageapp
DefaultGroupName=驻村通
DisableProgramGroupPage=yes
DisableDirPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputDir=..\..\dist
OutputBaseFilename=villageapp-{#Version}-windows-setup
LicenseFile=..\..\LICENSE
UninstallDisplayName=驻村通
Compression=lzma2
SolidCompression=yes
CloseApplications=yes
WizardStyle=modern

[Languages]
Name: "zh"; MessagesFile: "ChineseSimplified.isl"

[InstallDelete]
; Files of the version before must not stay beside the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\villageapp\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\驻村通"; Filename: "{app}\villageapp-window.exe"; WorkingDir: "{app}"
Name: "{userdesktop}\驻村通"; Filename: "{app}\villageapp-window.exe"; WorkingDir: "{app}"

[Run]
Filename: "{app}\villageapp-window.exe"; Description: "打开驻村通"; Flags: nowait postinstall skipifsilent

; Uninstalling removes the program only. What was recorded stays in the user's data folder.
