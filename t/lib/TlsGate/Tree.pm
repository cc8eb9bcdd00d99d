# The source tree as text, and checks that prove that they can fail: each returns complaints,
# also if it finds nothing to check, and is tried on a copy of the tree with a mistake in it.
package TlsGate::Tree;

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More ();
use TlsGate::Httpd;

our @EXPORT_OK = qw(text_of write_text without_comments uniq files sources_of folders_of folder_list mistaken proven with);

sub text_of { return TlsGate::Httpd::slurp($_[0]) }
sub without_comments { return $_[0] =~ s{/\*.*?\*/}{}gsr }
sub uniq { my %seen; return grep { !$seen{$_}++ } @_ }

# The files of a tree with that suffix, as paths below it.
sub files {
    my ($root, @patterns) = @_;
    return map { s{^\Q$root\E/}{}r } map { glob("$root/$_") } @patterns;
}

# The folders that each folder of src/ may include, according to Makefile.apxs.
sub folders_of {
    my ($root) = @_;
    return map { /^(\S+):(.*)/ ? ($1 => [split ' ', $2]) : () }
        split(/\n/, `cd '$root' 2>/dev/null && make -s -f Makefile.apxs folders 2>/dev/null`);
}

# The folders of a list of Makefile.apxs: PURE, LIBRARY, SERVER or PROGRAM.
sub folder_list {
    my ($root, $name) = @_;
    my %list = text_of("$root/Makefile.apxs") =~ /^(\w+)_FOLDERS +:= (.*)$/mg;
    return split ' ', ($list{$name} // '') =~ s/\$\((\w+)_FOLDERS\)/$list{$1}/r;
}

sub sources_of { my ($root) = @_; return files($root, qw(src/*/*.[ch] src/*/*.def src/*/*/*.[ch])) }

sub copy_of_tree {
    my $copy = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    for my $file (files('.', qw(mod_tlsgate.c Makefile.apxs .clang-format README.md CONTRIBUTING.md docs/*.md conf/*.conf conf/*/*.conf)), sources_of('.')) {
        make_path("$copy/" . dirname($file));
        write_text("$copy/$file", text_of($file));
    }
    return $copy;
}

sub write_text { my ($file, $text) = @_; open(my $h, '>', $file) or die "$file: $!"; print $h $text; close $h }

# A mistake is a file, a pattern to replace in it (or undef, to append), and the replacement.
sub mistaken {
    my ($file, $what, $by) = @_;
    my $copy = copy_of_tree();
    my $text = text_of("$copy/$file");
    if (defined $what) { $text =~ s/$what/$by/ or return } else { $text .= $by }
    write_text("$copy/$file", $text);
    return $copy;
}

# A mistake is a name, the expected complaint, a sub that makes a tree with it, and the part of
# that tree that the check has to look at, if not all.
sub proven {
    my ($name, $check, $subject, @mistakes) = @_;
    my @complaints = $check->($subject);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::ok(!@complaints, $name) or Test::More::diag(join("\n", @complaints));
    my $empty = tempdir(TMPDIR => 1, CLEANUP => 1);
    @complaints = $check->($empty);
    Test::More::ok(@complaints > 0, "$name: fails if there is nothing to check");
    for my $m (@mistakes) {
        my ($what, $expected, $broken, @only) = @$m;
        $broken = $broken->();
        Test::More::like(join("\n", defined $broken ? $check->($broken, @only) : 'the mistake does not apply'), $expected,
            "$name: notices $what");
    }
}

sub with { my @mistake = @_; return sub { mistaken(@mistake) } }

1;
