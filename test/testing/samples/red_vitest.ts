import { test } from 'vitest';
import { defineRed } from './suite.js';

defineRed(test);
