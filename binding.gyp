{
  'variables': {
    # native/sources.txt feeds CMake too; the facade is for C programs only, lwip and polled for firmware.
    'read_sources': "console.log(require('fs').readFileSync('native/sources.txt', 'utf8').split('\\n').filter((path) => path && !/^native\\/(facade|port\\/(lwip|polled|tls))\\//.test(path)).join('\\n'))",
  },
  'targets': [
    {
      'target_name': 'tirtc',
      'sources': ['<!@(node -e "<(read_sources)")'],
      'include_dirs': ['include', 'native', '<!(node -p "require(\'node-addon-api\').include_dir")'],
      # The last one: a call in progress when its worker is terminated fails, and no code is left to catch the error.
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      'cflags': ['-Wall', '-Wextra', '-fvisibility=hidden'],
      'cflags_c': ['-std=c11'],
      'cflags_cc': ['-std=c++17'],
      'libraries': ['-lpthread'],
    },
  ],
}
