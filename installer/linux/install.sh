#!/bin/sh
# 为当前用户安装驻村通(不需要管理员权限):复制程序,在应用菜单中加入图标。
# 用法:./install.sh            安装或升级
#       ./install.sh --remove   卸载(不删除已登记的数据)
set -eu

source_folder=$(cd "$(dirname "$0")" && pwd)
data_home=${XDG_DATA_HOME:-$HOME/.local/share}
programs=$data_home/villageapp-program
entry=$data_home/applications/villageapp.desktop
command_link=$HOME/.local/bin/villageapp

remove() {
    rm -rf "$programs" "$programs.old" "$programs.new"
    rm -f "$entry"
    if [ -L "$command_link" ]; then rm -f "$command_link"; fi
}

case "${1:-}" in
    --remove)
        remove
        echo "已卸载驻村通;登记的数据仍在 $data_home/villageapp。"
        exit 0 ;;
    "") ;;
    *)
        echo "不认识的参数:$1(只有 --remove)" >&2
        exit 2 ;;
esac

if [ ! -x "$source_folder/villageapp" ] || [ ! -d "$source_folder/_internal" ]; then
    echo "请在解压后的 villageapp 文件夹中运行本脚本。" >&2
    exit 1
fi
case "$data_home" in
    *[\"\`\$\\]*)
        echo "文件夹 $data_home 的名称含有特殊字符,无法建立图标;没有安装。" >&2
        exit 1 ;;
esac

mkdir -p "$data_home/applications" "$HOME/.local/bin"
rm -rf "$programs.new"
cp -R "$source_folder" "$programs.new"
"$programs.new/villageapp" --version >/dev/null || {
    rm -rf "$programs.new"
    echo "程序在这台电脑上不能运行(系统可能过旧或缺少图形库),没有安装。" >&2
    exit 1
}
rm -rf "$programs.old"
if [ -d "$programs" ]; then mv "$programs" "$programs.old"; fi
mv "$programs.new" "$programs"
rm -rf "$programs.old"

sed -e "s|@PROGRAM@|$programs/villageapp|" \
    -e "s|@ICON@|$programs/_internal/resources/icons/app.svg|" \
    "$source_folder/villageapp.desktop" >"$entry.new"
mv "$entry.new" "$entry"
if [ ! -e "$command_link" ] || [ -L "$command_link" ]; then
    ln -sfn "$programs/villageapp" "$command_link"
fi
echo "已安装驻村通,请从应用菜单打开;命令行程序在 $command_link。"
